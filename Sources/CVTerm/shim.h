// libvterm for Swift: a terminal without a window, whose cells can be read. For tests.
#ifndef HALFLIGHT_VTERM_H
#define HALFLIGHT_VTERM_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <vterm.h>

// A displayed cell: colours as 0xRRGGBB, -1 for the terminal's own.
struct hl_vterm_cell {
  uint32_t text[VTERM_MAX_CHARS_PER_CELL];
  int width;
  int foreground, background;
  bool bold, underline, reverse;
};

// What the program set besides cells.
struct hl_vterm_properties {
  bool cursor_visible, alternate_screen;
  int mouse;
};

static inline int hl_vterm_setting(VTermProp property, VTermValue *value, void *user) {
  struct hl_vterm_properties *properties = user;
  if (property == VTERM_PROP_CURSORVISIBLE) properties->cursor_visible = value->boolean;
  if (property == VTERM_PROP_ALTSCREEN) properties->alternate_screen = value->boolean;
  if (property == VTERM_PROP_MOUSE) properties->mouse = value->number;
  return 1;
}

// A terminal that reports its properties to `properties`, which must outlive it.
static inline VTerm *hl_vterm_new(int rows, int columns, struct hl_vterm_properties *properties) {
  static const VTermScreenCallbacks callbacks = {.settermprop = hl_vterm_setting};
  VTerm *terminal = vterm_new(rows, columns);
  vterm_set_utf8(terminal, 1);
  VTermScreen *screen = vterm_obtain_screen(terminal);
  properties->cursor_visible = true;
  properties->alternate_screen = false;
  properties->mouse = 0;
  vterm_screen_set_callbacks(screen, &callbacks, properties);
  vterm_screen_enable_altscreen(screen, 1);
  vterm_screen_reset(screen, 1);
  return terminal;
}

static inline int hl_vterm_color(VTermScreen *screen, VTermColor *color) {
  if (VTERM_COLOR_IS_DEFAULT_FG(color) || VTERM_COLOR_IS_DEFAULT_BG(color)) return -1;
  vterm_screen_convert_color_to_rgb(screen, color);
  return color->rgb.red << 16 | color->rgb.green << 8 | color->rgb.blue;
}

static inline struct hl_vterm_cell hl_vterm_cell_at(VTerm *terminal, int row, int column) {
  VTermScreen *screen = vterm_obtain_screen(terminal);
  VTermScreenCell cell;
  struct hl_vterm_cell result = {.width = 1, .foreground = -1, .background = -1};
  if (!vterm_screen_get_cell(screen, (VTermPos){row, column}, &cell)) return result;
  memcpy(result.text, cell.chars, sizeof result.text);
  result.width = cell.width;
  result.foreground = hl_vterm_color(screen, &cell.fg);
  result.background = hl_vterm_color(screen, &cell.bg);
  result.bold = cell.attrs.bold;
  result.underline = cell.attrs.underline != 0;
  result.reverse = cell.attrs.reverse;
  return result;
}

#endif
