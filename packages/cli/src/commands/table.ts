import type { SpecialCommand } from './command.ts'

/** A command special to the terminal, before it is loaded. */
export interface CommandEntry {
  /** None at all for `ewallet` alone. */
  words: string
  summary: string
  /** Left out of help and completion. */
  hidden?: true
  load(): Promise<SpecialCommand>
}

/** Every command that is more or other than one instruction; adding one is a file beside this one and an entry here. */
export const commandTable: readonly CommandEntry[] = [
  {
    words: '',
    summary: 'Prepaid credits and the clock that spends them.',
    hidden: true,
    load: async () => (await import('./repl.ts')).alone,
  },
  {
    words: 'signup',
    summary: 'Open an account and log in.',
    load: async () => (await import('./signup.ts')).signup,
  },
  {
    words: 'login',
    summary: 'Log in, by name or email.',
    load: async () => (await import('./login.ts')).login,
  },
  {
    words: 'logout',
    summary: 'Log the active account out.',
    load: async () => (await import('./logout.ts')).logout,
  },
  {
    words: 'account recover',
    summary: 'Cancel the deletion of an account and log in.',
    load: async () => (await import('./login.ts')).recover,
  },
  {
    words: 'account edit',
    summary: "Change the account's name, email, phone, alias or password.",
    load: async () => (await import('./account-edit.ts')).accountEdit,
  },
  {
    words: 'session new',
    summary: 'Get a new client id and session; who was logged in has to log in again.',
    load: async () => (await import('./session-new.ts')).sessionNew,
  },
  {
    words: 'clock status',
    summary: 'Show the timer; exit 3 when none runs.',
    load: async () => (await import('./clock-status.ts')).clockStatus,
  },
  {
    words: 'clock watch',
    summary: 'Show the timer live: elapsed, left, and when it ends.',
    load: async () => (await import('./clock-watch.ts')).clockWatch,
  },
  {
    words: 'watch',
    summary: 'Show credits, timers and what happens, live.',
    load: async () => (await import('./watch.ts')).watch,
  },
  {
    words: 'events',
    summary: 'List what happened to the account, oldest first; with --follow as it happens.',
    load: async () => (await import('./events.ts')).events,
  },
  {
    words: 'daemon',
    summary: 'Show whether a daemon runs here.',
    load: async () => (await import('./daemon.ts')).daemonStatus,
  },
  {
    words: 'daemon status',
    summary: 'Show whether a daemon runs here; exit 3 when none does.',
    load: async () => (await import('./daemon.ts')).daemonStatus,
  },
  {
    words: 'daemon start',
    summary: 'Start the daemon, unless it runs.',
    load: async () => (await import('./daemon.ts')).daemonStart,
  },
  {
    words: 'daemon stop',
    summary: 'Stop the daemon; nothing is lost.',
    load: async () => (await import('./daemon.ts')).daemonStop,
  },
  {
    words: 'daemon run',
    summary: 'Run the daemon in this terminal.',
    load: async () => (await import('./daemon.ts')).daemonRun,
  },
  {
    words: 'daemon logs',
    summary: 'Show the end of the log of the daemon started from here.',
    load: async () => (await import('./daemon.ts')).daemonLogs,
  },
  {
    words: 'daemon install',
    summary: 'Write a systemd user unit that keeps the daemon running.',
    load: async () => (await import('./daemon-install.ts')).daemonInstall,
  },
  {
    words: 'system verify',
    summary: 'Prove the store, or a backup of it: files from the first journal line on, a database by its ledger.',
    load: async () => (await import('./store.ts')).storeVerify,
  },
  {
    words: 'system backup',
    summary: 'Copy the store into a new folder while the daemon runs.',
    load: async () => (await import('./store.ts')).storeBackup,
  },
  {
    words: 'system restore',
    summary: 'Put a backup in the place of the store; what it replaces is kept.',
    load: async () => (await import('./store.ts')).storeRestore,
  },
  {
    words: 'system migrate-store',
    summary: 'Move the store into a database, or back into files, and compare.',
    load: async () => (await import('./migrate-store.ts')).migrateStore,
  },
  {
    words: 'context',
    summary: 'List the daemons known by name.',
    load: async () => (await import('./context.ts')).contextList,
  },
  {
    words: 'context list',
    summary: 'List the daemons known by name.',
    load: async () => (await import('./context.ts')).contextList,
  },
  {
    words: 'context use',
    summary: 'Speak to another daemon from now on.',
    load: async () => (await import('./context.ts')).contextUse,
  },
  {
    words: 'context add',
    summary: 'Give the address of a daemon a name.',
    load: async () => (await import('./context.ts')).contextAdd,
  },
  {
    words: 'context remove',
    summary: 'Forget a daemon and the session with it.',
    load: async () => (await import('./context.ts')).contextRemove,
  },
  {
    words: 'config',
    summary: 'List the settings.',
    load: async () => (await import('./config.ts')).configList,
  },
  {
    words: 'config list',
    summary: 'List the settings.',
    load: async () => (await import('./config.ts')).configList,
  },
  {
    words: 'config get',
    summary: 'Show one setting.',
    load: async () => (await import('./config.ts')).configGet,
  },
  {
    words: 'config set',
    summary: 'Change a setting in the config file; without a value it is taken out.',
    load: async () => (await import('./config.ts')).configSet,
  },
  {
    words: 'report',
    summary: 'Show the time spent and the credits moved, by day, contact and type.',
    load: async () => (await import('./report.ts')).report,
  },
  {
    words: 'statement',
    summary: 'Show what a wallet held, every movement, and what it holds after.',
    load: async () => (await import('./statement.ts')).statement,
  },
  {
    words: 'status',
    summary: 'Show the timer, the time left and the credits in one line, from memory.',
    load: async () => (await import('./status.ts')).status,
  },
  {
    words: 'export',
    summary: 'Write records, the ledger or the time spent as csv, json, ndjson, hledger, timeclock, ics or html.',
    load: async () => (await import('./export.ts')).exporting,
  },
  {
    words: 'import time',
    summary: 'Charge time that was kept elsewhere; all records of a file or none.',
    load: async () => (await import('./import.ts')).importTime,
  },
  {
    words: 'demo',
    summary: 'Take the guided tour on a throw-away store.',
    load: async () => (await import('./demo.ts')).demo,
  },
  {
    words: 'exec',
    summary: 'Run command lines from a file or stdin.',
    load: async () => (await import('./exec.ts')).exec,
  },
  {
    words: 'repl',
    summary: 'Open the REPL, as ewallet alone does at a terminal.',
    load: async () => (await import('./repl.ts')).repl,
  },
  {
    words: 'doctor',
    summary: 'Look for what is wrong, and say what to do about it.',
    load: async () => (await import('./doctor.ts')).doctor,
  },
  {
    words: 'commands',
    summary: 'List every command.',
    load: async () => (await import('./commands.ts')).commands,
  },
  {
    words: 'help',
    summary: 'Explain a command or a topic.',
    load: async () => (await import('./help.ts')).help,
  },
  {
    words: 'completion',
    summary: 'Print the completion script for a shell.',
    load: async () => (await import('./completion.ts')).completion,
  },
  {
    words: '__complete',
    summary: 'Print what may follow the words typed so far.',
    hidden: true,
    load: async () => (await import('./complete-words.ts')).completeWords,
  },
]
