// TOML behind a plain C interface. toml++ reads it; no exception and no failed assertion of it leaves this library.
#ifndef HALFLIGHT_CTOML_H
#define HALFLIGHT_CTOML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// The most bytes in a text, and the most dots in one of its lines: each dot may open a table within a table.
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

// One value. Those that a table or an array contains follow it, each with all of its own.
typedef struct {
  hl_toml_kind kind;
  hl_toml_place place;
  const char *key;          // UTF-8 without a NUL at its end; NULL in arrays and for the root
  size_t key_size;
  hl_toml_place key_place;
  size_t count;             // values directly in a table or an array
  const char *text;         // of a string, as the key is held
  size_t text_size;
  int64_t integer;
  double number;
  bool boolean;
} hl_toml_node;

typedef struct hl_toml_document hl_toml_document;

// Reads a text. The document says whether that failed; NULL means that there was no memory even for that.
hl_toml_document *hl_toml_read(const char *bytes, size_t size);

// What is wrong with the text, and where; NULL where nothing is.
const char *hl_toml_error(const hl_toml_document *document, hl_toml_place *place);

// The values, the root table first; none where something is wrong. They are valid as long as the document.
const hl_toml_node *hl_toml_nodes(const hl_toml_document *document, size_t *count);

void hl_toml_free(hl_toml_document *document);

#ifdef __cplusplus
}
#endif

#endif
