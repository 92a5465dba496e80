#ifndef HALFLIGHT_PSEUDO_TERMINAL_H
#define HALFLIGHT_PSEUDO_TERMINAL_H

#include <stddef.h>

// Opens a pseudo-terminal and writes the path of its other side to `name`.
// The descriptor of the window's side, or -1 with errno set.
int hl_pty_open(char *name, size_t size);

// Gives a pseudo-terminal a size.
void hl_pty_resize(int descriptor, int columns, int rows);

// Starts a program in `folder` as the leader of a session that the pseudo-terminal `name` controls; `output` and `error`
// replace its standard descriptors where they are not negative. 0, or an error number.
int hl_pty_spawn(const char *program, char *const arguments[], char *const environment[],
                 const char *folder, const char *name, int output, int error, int *process);

#endif
