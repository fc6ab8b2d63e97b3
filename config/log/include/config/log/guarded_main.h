#pragma once

namespace sekisho {

/// What `run` returns; when something is thrown out of it, that is told on standard error, behind
/// the program's name, and the process ends with `cannot_run`.
int guarded_main(int (*run)(int, char**), int argc, char** argv, int cannot_run);

}  // namespace sekisho
