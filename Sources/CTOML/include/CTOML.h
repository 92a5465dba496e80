// TOML behind a plain C interface. toml++ parses it; none of its exceptions or failed assertions leaves this library.
#ifndef HALFLIGHT_CTOML_H
#define HALFLIGHT_CTOML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// The most bytes in a text, and the most dots in one of its lines: each dot may open a table inside a table.
#define HL_TOML_MAX_BYTES (1 << 20)
#define HL_TOML_MAX_DOTS 100

typedef enum {
  HL_TOML_TABLE,
  HL_TOML_ARRAY,
  HL_TOML_STRING,
  HL_TOML_INTEGER,
  HL_TOML_NUMBER,
  HL_TOML_BOOLEAN,
  HL_TOML_DATE
} hl_toml_kind;

// Lines and columns count from 1; columns count code points.
typedef struct {
  uint32_t line, column;
} hl_toml_place;

// One value. The values inside a table or an array follow it, each with its own contents.
typedef struct {
  hl_toml_kind kind;
  hl_toml_place place;
  const char *key;          // UTF-8 without a NUL at its end; NULL in arrays and for the root
  size_t key_size;
  hl_toml_place key_place;
  size_t count;             // the number of values directly in a table or an array
  const char *text;         // the length of a string, stored like the key
  size_t text_size;
  int64_t integer;
  double number;
  bool boolean;
} hl_toml_node;

typedef struct hl_toml_document hl_toml_document;

// Parses a text. The document says whether that failed; NULL means that there was not enough memory even for that.
hl_toml_document *hl_toml_read(const char *bytes, size_t size);

// The error in the text and its place; NULL if there is none.
const char *hl_toml_error(const hl_toml_document *document, hl_toml_place *place);

// The values, the root table first; none if there is an error. They are valid as long as the document.
const hl_toml_node *hl_toml_nodes(const hl_toml_document *document, size_t *count);

void hl_toml_free(hl_toml_document *document);

#ifdef __cplusplus
}
#endif

#endif
