// giflib behind a few functions: the first frame of a file, and files written frame by frame.
#ifndef HALFLIGHT_GIF_H
#define HALFLIGHT_GIF_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gif_lib.h>

static inline int hl_gif_failed(int error, char *message, size_t size) {
  switch (error) {
  case D_GIF_ERR_READ_FAILED:
  case D_GIF_ERR_NO_SCRN_DSCR:
  case D_GIF_ERR_EOF_TOO_SOON: snprintf(message, size, "the file ends too early"); break;
  case D_GIF_ERR_NOT_ENOUGH_MEM:
  case E_GIF_ERR_NOT_ENOUGH_MEM: snprintf(message, size, "not enough memory"); break;
  case D_GIF_ERR_IMAGE_DEFECT:
  case D_GIF_ERR_DATA_TOO_BIG: snprintf(message, size, "its compressed pixels are damaged"); break;
  case D_GIF_ERR_NO_COLOR_MAP: snprintf(message, size, "it has no palette"); break;
  default: snprintf(message, size, "its parts are damaged"); break;
  }
  return 1;
}

// Reading

typedef struct {
  const uint8_t *bytes;
  size_t count, position;
} hl_gif_source;

static inline int hl_gif_take(GifFileType *gif, GifByteType *data, int count) {
  hl_gif_source *in = (hl_gif_source *)gif->UserData;
  size_t left = in->count - in->position;
  size_t taken = count < 0 ? 0 : (size_t)count < left ? (size_t)count : left;
  memcpy(data, in->bytes + in->position, taken);
  in->position += taken;
  return (int)taken;
}

// Opens a file and goes to its first frame, whose position and palette are then known. `transparent` is the index of
// the transparent colour, or NO_TRANSPARENT_COLOR. Returns 0, or 1 with a message and the file closed.
static inline int hl_gif_open(hl_gif_source *source, GifFileType **file, int *transparent, char *message, size_t size) {
  int error = 0;
  GifFileType *gif = DGifOpen(source, hl_gif_take, &error);
  if (!gif) return hl_gif_failed(error, message, size);
  *transparent = NO_TRANSPARENT_COLOR;
  for (;;) {
    GifRecordType type = UNDEFINED_RECORD_TYPE;
    if (DGifGetRecordType(gif, &type) == GIF_ERROR) goto failed;
    if (type == IMAGE_DESC_RECORD_TYPE) {
      if (DGifGetImageDesc(gif) == GIF_ERROR) goto failed;
      *file = gif;
      return 0;
    }
    if (type == TERMINATE_RECORD_TYPE) {
      snprintf(message, size, "it has no frames");
      DGifCloseFile(gif, &error);
      return 1;
    }
    if (type != EXTENSION_RECORD_TYPE) continue;
    int code = 0;
    GifByteType *block = NULL;
    if (DGifGetExtension(gif, &code, &block) == GIF_ERROR) goto failed;
    while (block) {
      // A block begins with its length.
      GraphicsControlBlock control;
      if (code == GRAPHICS_EXT_FUNC_CODE && DGifExtensionToGCB(block[0], block + 1, &control) == GIF_OK)
        *transparent = control.TransparentColor;
      if (DGifGetExtensionNext(gif, &block) == GIF_ERROR) goto failed;
    }
  }
failed:
  hl_gif_failed(gif->Error, message, size);
  DGifCloseFile(gif, &error);
  return 1;
}

// The screen, enlarged if necessary to contain the first frame, as in browsers. Returns 0, or 1 with a message.
static inline int hl_gif_size(
    const uint8_t *bytes, size_t count, uint32_t *width, uint32_t *height, char *message, size_t size) {
  hl_gif_source source = {bytes, count, 0};
  GifFileType *gif = NULL;
  int transparent = 0, error = 0;
  if (hl_gif_open(&source, &gif, &transparent, message, size)) return 1;
  uint32_t right = (uint32_t)(gif->Image.Left + gif->Image.Width), bottom = (uint32_t)(gif->Image.Top + gif->Image.Height);
  *width = right > (uint32_t)gif->SWidth ? right : (uint32_t)gif->SWidth;
  *height = bottom > (uint32_t)gif->SHeight ? bottom : (uint32_t)gif->SHeight;
  DGifCloseFile(gif, &error);
  return 0;
}

// Reads the first frame into `pixels`, (height, width, 4) of zeros; the size must be that of hl_gif_size. The area that
// the frame does not cover stays transparent. Returns 0, or 1 with a message.
static inline int hl_gif_read(const uint8_t *bytes, size_t count, uint32_t width, uint32_t height, uint8_t *pixels,
    char *message, size_t size) {
  static const int first[] = {0, 4, 2, 1}, every[] = {8, 8, 4, 2};
  hl_gif_source source = {bytes, count, 0};
  GifFileType *gif = NULL;
  int transparent = 0, error = 0;
  if (hl_gif_open(&source, &gif, &transparent, message, size)) return 1;
  GifImageDesc frame = gif->Image;
  const ColorMapObject *palette = frame.ColorMap ? frame.ColorMap : gif->SColorMap;
  GifPixelType *line = NULL;
  int failed = 1;
  if (!palette) {
    snprintf(message, size, "it has no palette");
  } else if (frame.Width < 1 || frame.Height < 1 || (uint32_t)(frame.Left + frame.Width) > width ||
      (uint32_t)(frame.Top + frame.Height) > height) {
    snprintf(message, size, "its first frame has no pixels");
  } else if (!(line = (GifPixelType *)malloc((size_t)frame.Width))) {
    snprintf(message, size, "not enough memory");
  } else {
    failed = 0;
    for (int pass = 0; pass < (frame.Interlace ? 4 : 1) && !failed; pass++) {
      int step = frame.Interlace ? every[pass] : 1;
      for (int y = frame.Interlace ? first[pass] : 0; y < frame.Height; y += step) {
        if (DGifGetLine(gif, line, frame.Width) == GIF_ERROR) {
          failed = hl_gif_failed(gif->Error, message, size);
          break;
        }
        uint8_t *target = pixels + ((size_t)(frame.Top + y) * width + (size_t)frame.Left) * 4;
        for (int x = 0; x < frame.Width; x++, target += 4) {
          // Black if the palette lacks the colour.
          GifColorType color = {0, 0, 0};
          if (line[x] < palette->ColorCount) color = palette->Colors[line[x]];
          target[0] = color.Red, target[1] = color.Green, target[2] = color.Blue;
          target[3] = line[x] == transparent ? 0 : 255;
        }
      }
    }
  }
  free(line);
  DGifCloseFile(gif, &error);
  return failed;
}

// Writing

typedef struct {
  GifFileType *gif;
  uint8_t *bytes;
  size_t count, capacity;
} hl_gif_writer;

static inline int hl_gif_append(GifFileType *gif, const GifByteType *data, int count) {
  hl_gif_writer *out = (hl_gif_writer *)gif->UserData;
  if (count < 0) return 0;
  if (out->count + (size_t)count > out->capacity) {
    size_t capacity = (out->count + (size_t)count) * 2;
    uint8_t *bytes = (uint8_t *)realloc(out->bytes, capacity);
    if (!bytes) return 0;
    out->bytes = bytes, out->capacity = capacity;
  }
  memcpy(out->bytes + out->count, data, (size_t)count);
  out->count += (size_t)count;
  return count;
}

static inline int hl_gif_not_written(char *message, size_t size) {
  snprintf(message, size, "not enough memory");
  return 1;
}

// The caller must free the file, even after a failure.
static inline void hl_gif_free(hl_gif_writer *writer) {
  int error = 0;
  if (!writer) return;
  if (writer->gif) EGifCloseFile(writer->gif, &error);
  free(writer->bytes);
  free(writer);
}

// A looping file without frames yet, with a comment if that is not empty. NULL when memory runs out.
static inline hl_gif_writer *hl_gif_begin(int width, int height, const char *comment) {
  hl_gif_writer *writer = (hl_gif_writer *)calloc(1, sizeof *writer);
  int error = 0;
  if (!writer) return NULL;
  writer->gif = EGifOpen(writer, hl_gif_append, &error);
  if (!writer->gif) {
    hl_gif_free(writer);
    return NULL;
  }
  GifFileType *gif = writer->gif;
  EGifSetGifVersion(gif, true);
  const uint8_t forever[] = {1, 0, 0};
  if (EGifPutScreenDesc(gif, width, height, 8, 0, NULL) == GIF_ERROR ||
      EGifPutExtensionLeader(gif, APPLICATION_EXT_FUNC_CODE) == GIF_ERROR ||
      EGifPutExtensionBlock(gif, 11, "NETSCAPE2.0") == GIF_ERROR ||
      EGifPutExtensionBlock(gif, sizeof forever, forever) == GIF_ERROR || EGifPutExtensionTrailer(gif) == GIF_ERROR ||
      (*comment && EGifPutComment(gif, comment) == GIF_ERROR)) {
    hl_gif_free(writer);
    return NULL;
  }
  return writer;
}

// Adds a frame of the file's size. `palette` holds `colors` times red, green and blue; `colors` is a power of two, 2 to
// 256. Returns 0, or 1 with a message.
static inline int hl_gif_add(hl_gif_writer *writer, const uint8_t *palette, int colors, const uint8_t *indices,
    int hundredths, char *message, size_t size) {
  GifFileType *gif = writer->gif;
  GraphicsControlBlock control = {DISPOSE_DO_NOT, false, hundredths, NO_TRANSPARENT_COLOR};
  GifByteType block[4];
  size_t length = EGifGCBToExtension(&control, block);
  ColorMapObject *map = GifMakeMapObject(colors, NULL);
  if (!map) return hl_gif_not_written(message, size);
  for (int i = 0; i < colors; i++)
    map->Colors[i] = (GifColorType){palette[3 * i], palette[3 * i + 1], palette[3 * i + 2]};
  int good = EGifPutExtension(gif, GRAPHICS_EXT_FUNC_CODE, (int)length, block) == GIF_OK &&
      EGifPutImageDesc(gif, 0, 0, gif->SWidth, gif->SHeight, false, map) == GIF_OK;
  GifFreeMapObject(map);
  // giflib requires a writable line, although it only masks its bits.
  GifPixelType *line = good ? (GifPixelType *)malloc((size_t)gif->SWidth) : NULL;
  good = good && line;
  for (int y = 0; good && y < gif->SHeight; y++) {
    memcpy(line, indices + (size_t)y * (size_t)gif->SWidth, (size_t)gif->SWidth);
    good = EGifPutLine(gif, line, gif->SWidth) == GIF_OK;
  }
  free(line);
  return good ? 0 : hl_gif_not_written(message, size);
}

// Ends the file, which is then complete. Returns 0, or 1 with a message.
static inline int hl_gif_end(hl_gif_writer *writer, char *message, size_t size) {
  int error = 0;
  int good = EGifCloseFile(writer->gif, &error) == GIF_OK;
  writer->gif = NULL;
  return good ? 0 : hl_gif_not_written(message, size);
}

#endif
