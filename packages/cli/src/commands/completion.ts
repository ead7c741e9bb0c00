import { complete } from '../complete.ts'
import { misuse } from '../failure.ts'
import { nearest } from '../spelling.ts'
import type { SpecialCommand } from './command.ts'

const bash = `_ewallet() {
  local IFS=$'\\n'
  COMPREPLY=($(ewallet __complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _ewallet ewallet
`

const zsh = `#compdef ewallet
_ewallet() {
  local -a found
  found=(\${(f)"$(ewallet __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)"})
  compadd -a found
}
compdef _ewallet ewallet
`

const fish = `function __ewallet_complete
  set -l words (commandline -opc) (commandline -ct)
  ewallet __complete -- $words[2..-1] 2>/dev/null
end
complete -c ewallet -f -a '(__ewallet_complete)'
`

const scripts: Readonly<Record<string, string>> = { bash, zsh, fish }

/** Prints the completion script of a shell. */
export const completion: SpecialCommand = {
  args: '<shell>',
  examples: ['ewallet completion bash', 'ewallet completion zsh', 'ewallet completion fish'],
  notes: `Put it where the shell looks:
  bash  eval "$(ewallet completion bash)" in ~/.bashrc
  zsh   eval "$(ewallet completion zsh)" in ~/.zshrc, after compinit
  fish  ewallet completion fish > ~/.config/fish/completions/ewallet.fish`,
  async run({ args, terminal }) {
    const shell = args[0] ?? ''
    const script = scripts[shell]
    if (script === undefined) {
      const meant = nearest(shell, Object.keys(scripts))
      throw misuse(
        `There is no completion for "${shell}".`,
        meant ? `Did you mean ${meant}?` : 'There is: bash, zsh, fish.',
      )
    }
    terminal.stdout.write(script)
    return 0
  },
}

/** What the scripts call at every tab. */
export const completeWords: SpecialCommand = {
  args: '[words...]',
  async run({ args, terminal }) {
    for (const word of await complete(args)) terminal.stdout.write(`${word}\n`)
    return 0
  },
}
