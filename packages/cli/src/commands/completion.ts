import { misuse } from '../failure.ts'
import { nearest } from '../spelling.ts'
import type { SpecialCommand } from './command.ts'

// The line as it stands, for bash splits words also at @ and other marks that addresses have.
const bash = `_ewallet() {
  local IFS=$'\\n'
  COMPREPLY=($(ewallet __complete --for bash --at "$2" -- "\${COMP_LINE:0:COMP_POINT}" 2>/dev/null))
}
complete -o default -F _ewallet ewallet
`

const zsh = `#compdef ewallet
_ewallet() {
  local -a found
  found=(\${(f)"$(ewallet __complete --for zsh -- "\${(@Q)words[2,CURRENT]}" 2>/dev/null)"})
  if (( $#found )); then _describe -V ewallet found; else _files; fi
}
compdef _ewallet ewallet
`

const fish = `function __ewallet_complete
  set -l words (commandline -opc) (commandline -ct)
  ewallet __complete --for fish -- $words[2..-1] 2>/dev/null
end
complete -c ewallet -f -a '(__ewallet_complete)'
complete -c ewallet -n '__fish_seen_subcommand_from exec import' -F
`

const scripts: Readonly<Record<string, string>> = { bash, zsh, fish }

/** Prints the completion script of a shell. */
export const completion: SpecialCommand = {
  args: '<shell>',
  values: ({ position }) => (position === 0 ? Object.keys(scripts) : []),
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
