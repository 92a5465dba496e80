#ifndef HALFLIGHT_PSEUDO_TERMINAL_H
#define HALFLIGHT_PSEUDO_TERMINAL_H

#include <stddef.h>

// Opens a pseudo-terminal and writes the path of its other side to `name`. Returns the descriptor of the window's side,
// or -1 with errno set.
int hl_pty_open(char *name, size_t size);

// Sets the size of a pseudo-terminal.
void hl_pty_resize(int descriptor, int columns, int rows);

// Starts a program in `folder` as the leader of a session controlled by the pseudo-terminal `name`; `output` and
// `error` replace its standard descriptors if they are not negative. Returns 0, or an error number.
int hl_pty_spawn(const char *program, char *const arguments[], char *const environment[],
                 const char *folder, const char *name, int output, int error, int *process);

#endif
