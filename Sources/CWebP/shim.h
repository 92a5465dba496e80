// libwebp behind a few functions: still pictures, the first frame of an animation, and animations written frame by
// frame.
#ifndef HALFLIGHT_WEBP_H
#define HALFLIGHT_WEBP_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <webp/decode.h>
#include <webp/demux.h>
#include <webp/encode.h>
#include <webp/mux.h>

static inline int hl_webp_failed(VP8StatusCode status, char *message, size_t size) {
  switch (status) {
  case VP8_STATUS_OK: return 0;
  case VP8_STATUS_SUSPENDED:
  case VP8_STATUS_NOT_ENOUGH_DATA: snprintf(message, size, "the file ends too early"); break;
  case VP8_STATUS_OUT_OF_MEMORY: snprintf(message, size, "not enough memory"); break;
  case VP8_STATUS_UNSUPPORTED_FEATURE: snprintf(message, size, "it uses a feature that libwebp cannot read"); break;
  default: snprintf(message, size, "its compressed pixels are damaged");
  }
  return 1;
}

// The size in the file's header; for an animation, that of its canvas. Returns 0, or 1 with a message.
static inline int hl_webp_size(
    const uint8_t *bytes, size_t count, uint32_t *width, uint32_t *height, char *message, size_t size) {
  WebPBitstreamFeatures features;
  if (hl_webp_failed(WebPGetFeatures(bytes, count, &features), message, size)) return 1;
  *width = (uint32_t)features.width, *height = (uint32_t)features.height;
  return 0;
}

static inline int hl_webp_other_version(char *message, size_t size) {
  snprintf(message, size, "the installed libwebp is not the version this program was built for");
  return 1;
}

// Decodes a still picture to a position on a canvas that is `width` pixels wide.
static inline int hl_webp_decode(const uint8_t *bytes, size_t count, uint32_t width, uint8_t *target, size_t room,
    char *message, size_t size) {
  WebPDecoderConfig config;
  if (!WebPInitDecoderConfig(&config)) return hl_webp_other_version(message, size);
  config.output.colorspace = MODE_RGBA;
  config.output.is_external_memory = 1;
  config.output.u.RGBA.rgba = target;
  config.output.u.RGBA.stride = (int)(width * 4);
  config.output.u.RGBA.size = room;
  return hl_webp_failed(WebPDecode(bytes, count, &config), message, size);
}

// Decodes a WebP into `pixels`, (height, width, 4) of zeros with straight alpha; the size must be that of hl_webp_size.
// An animation gives its first frame on a transparent canvas. Returns 0, or 1 with a message.
static inline int hl_webp_read(const uint8_t *bytes, size_t count, uint32_t width, uint32_t height, uint8_t *pixels,
    char *message, size_t size) {
  const size_t room = (size_t)width * height * 4;
  WebPBitstreamFeatures features;
  if (hl_webp_failed(WebPGetFeatures(bytes, count, &features), message, size)) return 1;
  if (!features.has_animation) return hl_webp_decode(bytes, count, width, pixels, room, message, size);
  WebPData data = {bytes, count};
  WebPDemuxer *file = WebPDemux(&data);
  WebPIterator frame;
  int failed = 1;
  if (!file) {
    snprintf(message, size, "the file ends too early, or its parts are damaged");
  } else if (!WebPDemuxGetFrame(file, 1, &frame)) {
    snprintf(message, size, "it has no frames");
  } else {
    const uint8_t *part = frame.fragment.bytes;
    const size_t length = frame.fragment.size;
    // The frame must have its stated size, and be inside the canvas: the decoder knows neither.
    if (hl_webp_failed(WebPGetFeatures(part, length, &features), message, size)) {
    } else if (frame.x_offset < 0 || frame.y_offset < 0 || features.width != frame.width ||
        features.height != frame.height || (uint32_t)frame.x_offset + (uint32_t)frame.width > width ||
        (uint32_t)frame.y_offset + (uint32_t)frame.height > height) {
      snprintf(message, size, "its first frame is not inside its canvas");
    } else {
      const size_t place = ((size_t)frame.y_offset * width + (size_t)frame.x_offset) * 4;
      failed = hl_webp_decode(part, length, width, pixels + place, room - place, message, size);
    }
    WebPDemuxReleaseIterator(&frame);
  }
  WebPDemuxDelete(file);
  return failed;
}

// Writing

typedef struct {
  WebPAnimEncoder *encoder;
  WebPConfig config;
  WebPData file;
  int width, height, elapsed;
} hl_webp_writer;

static inline void hl_webp_free(hl_webp_writer *writer) {
  if (!writer) return;
  WebPAnimEncoderDelete(writer->encoder);
  WebPDataClear(&writer->file);
  free(writer);
}

// A looping lossless animation without frames yet. NULL when memory runs out.
static inline hl_webp_writer *hl_webp_begin(int width, int height) {
  hl_webp_writer *writer = (hl_webp_writer *)calloc(1, sizeof *writer);
  WebPAnimEncoderOptions options;
  if (!writer) return NULL;
  WebPDataInit(&writer->file);
  writer->width = width, writer->height = height;
  if (WebPAnimEncoderOptionsInit(&options) && WebPConfigInit(&writer->config)) {
    writer->config.lossless = 1;
    options.anim_params.loop_count = 0;
    writer->encoder = WebPAnimEncoderNew(width, height, &options);
  }
  if (writer->encoder) return writer;
  hl_webp_free(writer);
  return NULL;
}

static inline int hl_webp_not_written(hl_webp_writer *writer, char *message, size_t size) {
  const char *reason = WebPAnimEncoderGetError(writer->encoder);
  snprintf(message, size, "%s", reason && *reason ? reason : "not enough memory");
  return 1;
}

// Adds a frame of the animation's size, (height, width, 3). Returns 0, or 1 with a message.
static inline int hl_webp_add(
    hl_webp_writer *writer, const uint8_t *pixels, int milliseconds, char *message, size_t size) {
  WebPPicture picture;
  if (!WebPPictureInit(&picture)) return hl_webp_other_version(message, size);
  picture.use_argb = 1;
  picture.width = writer->width, picture.height = writer->height;
  int good = WebPPictureImportRGB(&picture, pixels, writer->width * 3) &&
      WebPAnimEncoderAdd(writer->encoder, &picture, writer->elapsed, &writer->config);
  WebPPictureFree(&picture);
  if (!good) return hl_webp_not_written(writer, message, size);
  writer->elapsed += milliseconds;
  return 0;
}

// Ends the animation, with Exif data if `count` is not 0: `file` is then complete. Returns 0, or 1 with a message.
static inline int hl_webp_end(hl_webp_writer *writer, const uint8_t *exif, size_t count, char *message, size_t size) {
  if (!WebPAnimEncoderAdd(writer->encoder, NULL, writer->elapsed, NULL) ||
      !WebPAnimEncoderAssemble(writer->encoder, &writer->file))
    return hl_webp_not_written(writer, message, size);
  if (count == 0) return 0;
  WebPMux *mux = WebPMuxCreate(&writer->file, 1);
  WebPData part = {exif, count}, whole;
  WebPDataInit(&whole);
  int good = mux && WebPMuxSetChunk(mux, "EXIF", &part, 1) == WEBP_MUX_OK && WebPMuxAssemble(mux, &whole) == WEBP_MUX_OK;
  WebPMuxDelete(mux);
  if (!good) {
    WebPDataClear(&whole);
    snprintf(message, size, "not enough memory");
    return 1;
  }
  WebPDataClear(&writer->file);
  writer->file = whole;
  return 0;
}

#endif
