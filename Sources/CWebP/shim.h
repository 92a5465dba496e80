// libwebp's decoder behind two functions.
#ifndef HALFLIGHT_WEBP_H
#define HALFLIGHT_WEBP_H

#include <stdint.h>
#include <stdio.h>

#include <webp/decode.h>

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

// The size that the file's header says. Returns 0, or 1 with a message.
static inline int hl_webp_size(
    const uint8_t *bytes, size_t count, uint32_t *width, uint32_t *height, char *message, size_t size) {
  WebPBitstreamFeatures features;
  if (hl_webp_failed(WebPGetFeatures(bytes, count, &features), message, size)) return 1;
  if (features.has_animation) {
    snprintf(message, size, "it is an animation");
    return 1;
  }
  *width = (uint32_t)features.width, *height = (uint32_t)features.height;
  return 0;
}

// Reads a WebP into `pixels`, (height, width, 4) with straight alpha; the size must be that of hl_webp_size.
// Returns 0, or 1 with a message.
static inline int hl_webp_read(const uint8_t *bytes, size_t count, uint32_t width, uint32_t height, uint8_t *pixels,
    char *message, size_t size) {
  WebPDecoderConfig config;
  if (!WebPInitDecoderConfig(&config)) {
    snprintf(message, size, "the libwebp at hand is not the one this was built for");
    return 1;
  }
  config.output.colorspace = MODE_RGBA;
  config.output.is_external_memory = 1;
  config.output.u.RGBA.rgba = pixels;
  config.output.u.RGBA.stride = (int)(width * 4);
  config.output.u.RGBA.size = (size_t)width * height * 4;
  return hl_webp_failed(WebPDecode(bytes, count, &config), message, size);
}

#endif
