#ifndef HALFLIGHT_NCURSES_H
#define HALFLIGHT_NCURSES_H
#define NCURSES_WIDECHAR 1
#include <ncurses.h>
#endif
