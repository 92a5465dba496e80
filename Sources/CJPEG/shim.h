// libjpeg behind two functions. Its errors use longjmp, which must not cross Swift, so they are caught here.
#ifndef HALFLIGHT_JPEG_H
#define HALFLIGHT_JPEG_H

#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>
// Included after the other header: the meaning of its numbers depends on the interface version there.
#include <jerror.h>

typedef struct {
  struct jpeg_error_mgr manager;
  struct jpeg_progress_mgr progress;
  jmp_buf jump;
  char *message;
  size_t size;
} hl_jpeg_trouble;

// A progressive file may have any number of passes over all its pixels; real programs write about ten.
enum { hl_jpeg_most_scans = 200 };

static inline _Noreturn void hl_jpeg_leave(j_common_ptr jpeg, const char *reason) {
  hl_jpeg_trouble *t = (hl_jpeg_trouble *)jpeg->err;
  snprintf(t->message, t->size, "%s", reason);
  longjmp(t->jump, 1);
}

static inline void hl_jpeg_error(j_common_ptr jpeg) {
  char reason[JMSG_LENGTH_MAX];
  jpeg->err->format_message(jpeg, reason);
  hl_jpeg_leave(jpeg, reason);
}

// Damage that libjpeg would cover with grey is an error here; harmless problems are not.
static inline void hl_jpeg_remark(j_common_ptr jpeg, int level) {
  if (level >= 0) return;
  switch (jpeg->err->msg_code) {
  case JWRN_ADOBE_XFORM:
  case JWRN_BOGUS_PROGRESSION:
  case JWRN_EXTRANEOUS_DATA:
  case JWRN_JFIF_MAJOR:
  case JWRN_TOO_MUCH_DATA: return;
  case JWRN_JPEG_EOF: hl_jpeg_leave(jpeg, "the file ends too early");
  default: hl_jpeg_leave(jpeg, "its compressed pixels are damaged");
  }
}

static inline void hl_jpeg_advance(j_common_ptr jpeg) {
  if (jpeg->is_decompressor && ((j_decompress_ptr)jpeg)->input_scan_number > hl_jpeg_most_scans)
    hl_jpeg_leave(jpeg, "it has too many passes");
}

static inline void hl_jpeg_begin(struct jpeg_decompress_struct *jpeg, hl_jpeg_trouble *trouble, char *message, size_t size) {
  memset(jpeg, 0, sizeof *jpeg);
  memset(trouble, 0, sizeof *trouble);
  jpeg->err = jpeg_std_error(&trouble->manager);
  trouble->manager.error_exit = hl_jpeg_error;
  trouble->manager.emit_message = hl_jpeg_remark;
  trouble->progress.progress_monitor = hl_jpeg_advance;
  trouble->message = message;
  trouble->size = size;
}

// The size in the file's header. Returns 0, or 1 with a message.
static inline int hl_jpeg_size(
    const uint8_t *bytes, size_t count, uint32_t *width, uint32_t *height, char *message, size_t size) {
  struct jpeg_decompress_struct jpeg;
  hl_jpeg_trouble trouble;
  hl_jpeg_begin(&jpeg, &trouble, message, size);
  if (setjmp(trouble.jump)) {
    jpeg_destroy_decompress(&jpeg);
    return 1;
  }
  jpeg_create_decompress(&jpeg);
  jpeg_mem_src(&jpeg, (unsigned char *)bytes, (unsigned long)count);
  jpeg_read_header(&jpeg, TRUE);
  *width = jpeg.image_width, *height = jpeg.image_height;
  jpeg_destroy_decompress(&jpeg);
  return 0;
}

// Reads any JPEG into `pixels`, (height, width, 4) with every alpha 255; the size must be that of hl_jpeg_size. Four
// inks are multiplied to three colours, ignoring any profile. Returns 0, or 1 with a message.
static inline int hl_jpeg_read(const uint8_t *bytes, size_t count, uint32_t width, uint32_t height, uint8_t *pixels,
    char *message, size_t size) {
  struct jpeg_decompress_struct jpeg;
  hl_jpeg_trouble trouble;
  hl_jpeg_begin(&jpeg, &trouble, message, size);
  if (setjmp(trouble.jump)) {
    jpeg_destroy_decompress(&jpeg);
    return 1;
  }
  jpeg_create_decompress(&jpeg);
  jpeg.progress = &trouble.progress;
  jpeg_mem_src(&jpeg, (unsigned char *)bytes, (unsigned long)count);
  jpeg_read_header(&jpeg, TRUE);
  int inks = jpeg.jpeg_color_space == JCS_CMYK || jpeg.jpeg_color_space == JCS_YCCK;
  // Programs that write an Adobe marker store how much light is left, others how much ink there is.
  int inverted = jpeg.saw_Adobe_marker;
  jpeg.out_color_space = inks ? JCS_CMYK : JCS_RGB;
  jpeg_start_decompress(&jpeg);
  if (jpeg.output_width != width || jpeg.output_height != height || jpeg.output_components != (inks ? 4 : 3))
    hl_jpeg_leave((j_common_ptr)&jpeg, "its kind of pixels is not known");
  JSAMPARRAY line =
      (*jpeg.mem->alloc_sarray)((j_common_ptr)&jpeg, JPOOL_IMAGE, width * (JDIMENSION)jpeg.output_components, 1);
  while (jpeg.output_scanline < height) {
    uint8_t *target = pixels + (size_t)jpeg.output_scanline * width * 4;
    if (jpeg_read_scanlines(&jpeg, line, 1) != 1)
      hl_jpeg_leave((j_common_ptr)&jpeg, "the file ends too early");
    const JSAMPLE *source = line[0];
    for (uint32_t x = 0; x < width; x++, target += 4) {
      if (inks) {
        unsigned black = inverted ? source[3] : 255u - source[3];
        for (int c = 0; c < 3; c++) target[c] = (uint8_t)((inverted ? source[c] : 255u - source[c]) * black / 255);
        source += 4;
      } else {
        memcpy(target, source, 3);
        source += 3;
      }
      target[3] = 255;
    }
  }
  jpeg_finish_decompress(&jpeg);
  jpeg_destroy_decompress(&jpeg);
  return 0;
}

#endif
