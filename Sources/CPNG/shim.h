// libpng behind four functions. Its errors use longjmp, which must not cross Swift, so they are caught here.
#ifndef HALFLIGHT_PNG_H
#define HALFLIGHT_PNG_H

#include <png.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
  uint8_t *bytes;
  size_t count, capacity;
} hl_png_bytes;

typedef struct {
  uint32_t width, height;
  uint8_t *pixels;       // (height, width, 3), or 4 with alpha
  char **keywords, **texts;
  int text_count;
} hl_png_image;

typedef struct {
  const uint8_t *bytes;
  size_t count, position;
} hl_png_source;

typedef struct {
  jmp_buf *jump;
  char *message;
  size_t size;
} hl_png_trouble;

static inline void hl_png_error(png_structp png, png_const_charp message) {
  hl_png_trouble *t = (hl_png_trouble *)png_get_error_ptr(png);
  snprintf(t->message, t->size, "%s", message);
  longjmp(*t->jump, 1);
}

static inline void hl_png_warning(png_structp png, png_const_charp message) { (void)png, (void)message; }

static inline void hl_png_append(png_structp png, png_bytep data, png_size_t count) {
  hl_png_bytes *out = (hl_png_bytes *)png_get_io_ptr(png);
  if (out->count + count > out->capacity) {
    size_t capacity = (out->count + count) * 2;
    uint8_t *bytes = (uint8_t *)realloc(out->bytes, capacity);
    if (!bytes) png_error(png, "not enough memory");
    out->bytes = bytes, out->capacity = capacity;
  }
  memcpy(out->bytes + out->count, data, count);
  out->count += count;
}

static inline void hl_png_flush(png_structp png) { (void)png; }

static inline void hl_png_take(png_structp png, png_bytep data, png_size_t count) {
  hl_png_source *in = (hl_png_source *)png_get_io_ptr(png);
  if (count > in->count - in->position) png_error(png, "the file ends too early");
  memcpy(data, in->bytes + in->position, count);
  in->position += count;
}

// Writes RGB pixels and texts; a text that is not marked by `latin` is UTF-8 and goes into an iTXt chunk. Returns 0, or
// 1 with a message. The caller must free the bytes.
static inline int hl_png_write(const uint8_t *pixels, uint32_t width, uint32_t height, const char *const *keywords,
    const char *const *texts, const int *latin, int text_count, hl_png_bytes *out, char *message, size_t size) {
  jmp_buf jump;
  hl_png_trouble trouble = {&jump, message, size};
  memset(out, 0, sizeof *out);
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &trouble, hl_png_error, hl_png_warning);
  png_infop info = png ? png_create_info_struct(png) : NULL;
  png_text *chunks = (png_text *)calloc((size_t)text_count + 1, sizeof *chunks);
  if (!info || !chunks) {
    snprintf(message, size, "not enough memory");
    free(chunks);
    png_destroy_write_struct(&png, &info);
    return 1;
  }
  if (setjmp(jump)) {
    free(chunks);
    png_destroy_write_struct(&png, &info);
    free(out->bytes);
    memset(out, 0, sizeof *out);
    return 1;
  }
  png_set_write_fn(png, out, hl_png_append, hl_png_flush);
  png_set_IHDR(png, info, width, height, 8, PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
      PNG_FILTER_TYPE_DEFAULT);
  png_set_sRGB(png, info, PNG_sRGB_INTENT_PERCEPTUAL);
  for (int i = 0; i < text_count; i++) {
    chunks[i].compression = latin[i] ? PNG_TEXT_COMPRESSION_NONE : PNG_ITXT_COMPRESSION_NONE;
    chunks[i].key = (char *)keywords[i];
    chunks[i].text = (char *)texts[i];
  }
  png_set_text(png, info, chunks, text_count);
  png_write_info(png, info);
  for (uint32_t y = 0; y < height; y++) png_write_row(png, pixels + (size_t)y * width * 3);
  png_write_end(png, info);
  free(chunks);
  png_destroy_write_struct(&png, &info);
  return 0;
}

static inline void hl_png_free(hl_png_image *image) {
  for (int i = 0; i < image->text_count; i++) free(image->keywords[i]), free(image->texts[i]);
  free(image->keywords), free(image->texts), free(image->pixels);
  memset(image, 0, sizeof *image);
}

// The most bytes of one uncompressed text, the most bytes of all kept texts, and the most texts examined: a small file
// can expand to any amount of memory.
enum { hl_png_text_limit = 1 << 20, hl_png_texts_limit = 8 << 20, hl_png_texts_most = 128 };

// Keeps the texts that fit; others are left out, as libpng does with those over its own limits.
static inline void hl_png_keep_texts(png_structp png, png_infop info, hl_png_image *image) {
  png_textp texts = NULL;
  int count = 0;
  png_get_text(png, info, &texts, &count);
  if (count <= 0) return;
  image->keywords = (char **)calloc((size_t)count, sizeof(char *));
  image->texts = (char **)calloc((size_t)count, sizeof(char *));
  if (!image->keywords || !image->texts) png_error(png, "not enough memory");
  size_t room = hl_png_texts_limit;
  for (int i = 0; i < count; i++) {
    const char *text = texts[i].text ? texts[i].text : "";
    size_t length = strlen(text);
    if (length > hl_png_text_limit || length > room) continue;
    room -= length;
    int at = image->text_count++;
    image->keywords[at] = strdup(texts[i].key ? texts[i].key : "");
    image->texts[at] = (char *)malloc(length + 2);
    if (!image->keywords[at] || !image->texts[at]) png_error(png, "not enough memory");
    // Latin-1 is distinguished from UTF-8 by a first byte that no text has.
    int utf8 = texts[i].compression == PNG_ITXT_COMPRESSION_NONE || texts[i].compression == PNG_ITXT_COMPRESSION_zTXt;
    image->texts[at][0] = utf8 ? 'u' : 'l';
    memcpy(image->texts[at] + 1, text, length + 1);
  }
}

// Reads any PNG as RGB, transparent parts over white, or as RGBA with straight alpha, and its texts within the limits
// above: each begins with 'u' for UTF-8 or 'l' for Latin-1. Returns 0, or 1 with a message.
static inline int hl_png_read(const uint8_t *bytes, size_t count, uint32_t largest, int alpha, hl_png_image *image,
    char *message, size_t size) {
  jmp_buf jump;
  hl_png_trouble trouble = {&jump, message, size};
  hl_png_source source = {bytes, count, 0};
  memset(image, 0, sizeof *image);
  png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &trouble, hl_png_error, hl_png_warning);
  png_infop info = png ? png_create_info_struct(png) : NULL;
  png_bytep *volatile rows = NULL;
  if (!info) {
    snprintf(message, size, "not enough memory");
    png_destroy_read_struct(&png, &info, NULL);
    return 1;
  }
  if (setjmp(jump)) {
    free((void *)rows);
    png_destroy_read_struct(&png, &info, NULL);
    hl_png_free(image);
    return 1;
  }
  png_set_user_limits(png, largest, largest);
  png_set_chunk_malloc_max(png, hl_png_text_limit);
  png_set_chunk_cache_max(png, hl_png_texts_most + 2);  // libpng stops two texts short of it
  png_set_read_fn(png, &source, hl_png_take);
  png_read_info(png, info);
  png_set_expand(png);
  png_set_scale_16(png);
  png_set_gray_to_rgb(png);
  png_color_16 white = {0, 255, 255, 255, 255};
  if (alpha) png_set_add_alpha(png, 255, PNG_FILLER_AFTER);
  else png_set_background(png, &white, PNG_BACKGROUND_GAMMA_SCREEN, 0, 1.0);
  png_set_interlace_handling(png);
  png_read_update_info(png, info);
  image->width = png_get_image_width(png, info), image->height = png_get_image_height(png, info);
  size_t stride = png_get_rowbytes(png, info);
  if (stride != (size_t)image->width * (alpha ? 4 : 3)) png_error(png, "its kind of pixels is not known");
  if ((uint64_t)stride * image->height > (uint64_t)256 << 20) png_error(png, "it is too large");
  image->pixels = (uint8_t *)malloc(stride * image->height + 1);
  rows = (png_bytep *)malloc(sizeof(png_bytep) * (image->height + 1));
  if (!image->pixels || !rows) png_error(png, "not enough memory");
  for (uint32_t y = 0; y < image->height; y++) rows[y] = image->pixels + y * stride;
  png_read_image(png, (png_bytepp)rows);
  png_read_end(png, info);  // texts after the pixels are added to those before them
  free((void *)rows);
  rows = NULL;
  hl_png_keep_texts(png, info, image);
  png_destroy_read_struct(&png, &info, NULL);
  return 0;
}

#endif
