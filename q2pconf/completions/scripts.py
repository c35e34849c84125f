"""What makes a shell ask q2pconf how a command line goes on."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["SCRIPTS", "SHELLS_HELP"]

# From 3.2 on, which macOS has: no mapfile, and where compopt is missing no folders' slashes.
_BASH = r"""# bash completion of q2pconf
_q2pconf() {
  local line
  COMPREPLY=()
  while IFS= read -r line; do
    case $line in
      :files) compopt -o default 2>/dev/null || COMPREPLY+=($(compgen -f -- "$2")) ;;
      :folders) compopt -o dirnames 2>/dev/null || COMPREPLY+=($(compgen -d -- "$2")) ;;
      *) COMPREPLY+=("$line") ;;
    esac
  done < <("$1" completion --answer bash "${COMP_LINE:0:COMP_POINT}"$'\n'"$2" 2>/dev/null)
}
complete -F _q2pconf q2pconf
"""

_ZSH = r"""#compdef q2pconf
_q2pconf() {
  local line more=
  local -a offered
  local typed="${(pj:\n:)${(@Q)words[1,CURRENT]}}"
  for line in "${(@f)$("${(Q)words[1]}" completion --answer zsh "$typed" 2>/dev/null)}"; do
    case $line in
      (:files) more='_files' ;;
      (:folders) more='_files -/' ;;
      (?*) offered+=("$line") ;;
    esac
  done
  (( $#offered )) && _describe -V 'q2pconf' offered
  if [[ -n $more ]]; then
    compset -P '--*='
    ${=more}
  fi
}
if [[ $funcstack[1] == _q2pconf ]]; then
  _q2pconf "$@"
else
  compdef _q2pconf q2pconf
fi
"""

_FISH = r"""# fish completion of q2pconf
function __q2pconf_answer
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l option (string match -r -- '^--[^=]+=' "$current")
    set -l path (string replace -r -- '^--[^=]+=' '' "$current")
    set -l typed "$words[1]"
    for word in $words[2..-1] "$current"
        set typed "$typed"\n"$word"
    end
    for line in ($words[1] completion --answer fish "$typed" 2>/dev/null)
        switch $line
            case ':files'
                printf "%s\n" "$option"(__fish_complete_path "$path")
            case ':folders'
                printf "%s\n" "$option"(__fish_complete_directories "$path" '')
            case '*'
                printf "%s\n" $line
        end
    end
end
complete -c q2pconf -f -a '(__q2pconf_answer)'
"""

SCRIPTS: Mapping[str, str] = {"bash": _BASH, "zsh": _ZSH, "fish": _FISH}
"""The script of each shell."""

SHELLS_HELP = """\
put it where your shell looks, once:
  bash  q2pconf completion bash > ~/.local/share/bash-completion/completions/q2pconf
        (needs the package bash-completion; without it, put
        eval "$(q2pconf completion bash)" into ~/.bashrc)
  zsh   q2pconf completion zsh > FOLDER/_q2pconf, where FOLDER is one that $fpath names
        (or put eval "$(q2pconf completion zsh)" into ~/.zshrc, below compinit)
  fish  q2pconf completion fish > ~/.config/fish/completions/q2pconf.fish
It asks the q2pconf that you call, so it knows the releases, presets and rules of that one.
"""
"""How the scripts are installed."""
