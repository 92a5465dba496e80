#ifndef HALFLIGHT_PNG_H
#define HALFLIGHT_PNG_H
#include <png.h>
#endif
