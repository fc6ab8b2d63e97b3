#include <algorithm>
#include <ostream>

#include "../complete.h"
#include "commands.h"
#include "tools/sekisho/options.h"
#include "tools/sekisho/text.h"

namespace sekisho::tools::commands {
namespace {

// The scripts ask the program itself, which answers in milliseconds and so is never out of step
// with its own commands; each line of the answer is a word, a tab and what it is.

constexpr std::string_view kBash =
    R"script(# bash completion of sekisho: source <(sekisho completion bash)
_sekisho() {
  local current="${COMP_WORDS[COMP_CWORD]}" line
  COMPREPLY=()
  while IFS= read -r line; do
    COMPREPLY+=("${line%%$'\t'*}")
  done < <("${COMP_WORDS[0]}" complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  if [[ ${#COMPREPLY[@]} -eq 0 && $current != -* ]]; then
    compopt -o default
  fi
}
complete -F _sekisho sekisho
)script";

constexpr std::string_view kZsh = R"script(#compdef sekisho
# zsh completion of sekisho: source <(sekisho completion zsh)
_sekisho() {
  local line word
  local -a names shown
  while IFS= read -r line; do
    word="${line%%$'\t'*}"
    names+=("$word")
    shown+=("$word -- ${line#*$'\t'}")
  done < <("${words[1]}" complete "${(@)words[2,CURRENT]}" 2>/dev/null)
  if (( ${#names} )); then
    compadd -l -d shown -a names
  else
    _files
  fi
}
if [[ "${funcstack[1]}" == _sekisho ]]; then
  _sekisho "$@"
else
  compdef _sekisho sekisho
fi
)script";

constexpr std::string_view kFish =
    R"script(# fish completion of sekisho: sekisho completion fish | source
function __sekisho_complete
    set -l words (commandline -opc) (commandline -ct)
    sekisho complete $words[2..-1] 2>/dev/null
end
function __sekisho_has_words
    test (count (__sekisho_complete)) -gt 0
end
complete -c sekisho -n __sekisho_has_words -f -a '(__sekisho_complete)'
)script";

Action declare_completion(Options& options) {
  const auto shell = std::make_shared<std::string>();
  options.operand_choice("SHELL", "which shell", *shell, {"bash", "zsh", "fish"}, true);
  return [shell](Context& context) {
    const auto script = *shell == "bash" ? kBash : *shell == "zsh" ? kZsh : kFish;
    if (context.json)
      print_json(context, {{"script", script}});
    else
      context.out << script;
    return ExitCode::done;
  };
}

ExitCode print_candidates(Context& context) {
  const auto own = std::find(context.arguments.begin(), context.arguments.end(), "complete");
  std::vector<std::string> words;
  if (own != context.arguments.end()) words.assign(own + 1, context.arguments.end());
  for (const auto& candidate : complete_words(words, context))
    context.out << candidate.word << '\t' << printable(candidate.what) << '\n';
  return ExitCode::done;
}

Action declare_complete(Options& /*options*/) { return print_candidates; }

}  // namespace

Command completion() {
  return {"completion",
          "a script that teaches a shell to complete sekisho's commands",
          {{"sekisho completion bash > /etc/bash_completion.d/sekisho", "for everyone, in bash"},
           {"sekisho completion fish | source", "for this shell, in fish"}},
          declare_completion};
}

Command complete() {
  Command command{"complete",
                  "what may stand at the cursor, for the completion scripts",
                  {{"sekisho complete policy ''", "the words after policy"}},
                  declare_complete};
  command.hidden = true;
  command.pass_through = true;
  return command;
}

}  // namespace sekisho::tools::commands
