// liblzma's decoder of .xz files behind one function.
#ifndef HALFLIGHT_LZMA_H
#define HALFLIGHT_LZMA_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <lzma.h>

// The most memory that the decoder itself may use; xz -9 needs 65 MiB.
enum { hl_xz_memory = 128 << 20 };

// Decompresses a whole .xz file to at most `limit` bytes, which the caller must free. Returns 0, or 1 with a message.
static inline int hl_xz_unpack(const uint8_t *bytes, size_t count, size_t limit, uint8_t **result, size_t *length,
    char *message, size_t size) {
  lzma_stream stream = LZMA_STREAM_INIT;
  *result = NULL, *length = 0;
  lzma_ret status = lzma_stream_decoder(&stream, hl_xz_memory, LZMA_CONCATENATED);
  size_t capacity = 0;
  stream.next_in = bytes, stream.avail_in = count;
  while (status == LZMA_OK) {
    if (stream.avail_out == 0) {
      // One byte over the limit shows that a file is too long.
      if (capacity > limit) break;
      size_t wanted = capacity ? capacity * 2 : (size_t)1 << 16;
      if (wanted > limit) wanted = limit + 1;
      uint8_t *grown = (uint8_t *)realloc(*result, wanted);
      if (!grown) {
        status = LZMA_MEM_ERROR;
        break;
      }
      *result = grown;
      stream.next_out = grown + capacity, stream.avail_out = wanted - capacity;
      capacity = wanted;
    }
    status = lzma_code(&stream, LZMA_FINISH);
  }
  *length = stream.total_out;
  lzma_end(&stream);
  if (status == LZMA_STREAM_END && *length <= limit) return 0;
  switch (status) {
  case LZMA_OK:
  case LZMA_STREAM_END: snprintf(message, size, "more than %zu bytes once unpacked", limit); break;
  case LZMA_BUF_ERROR: snprintf(message, size, "a file that ends too early"); break;
  case LZMA_FORMAT_ERROR: snprintf(message, size, "bytes that are no .xz file"); break;
  case LZMA_MEM_ERROR: snprintf(message, size, "too little memory to unpack it"); break;
  case LZMA_MEMLIMIT_ERROR: snprintf(message, size, "a file that takes more than 128 MiB to unpack"); break;
  default: snprintf(message, size, "damaged bytes");
  }
  free(*result);
  *result = NULL, *length = 0;
  return 1;
}

#endif
