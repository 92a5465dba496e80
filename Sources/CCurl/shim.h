// libcurl's transfers behind a few functions. Its options take variable arguments, which Swift cannot pass, and its
// callbacks write into memory that is kept here.
#ifndef HALFLIGHT_CURL_H
#define HALFLIGHT_CURL_H

#include <curl/curl.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

// One request and the answer so far.
typedef struct {
  CURL *easy;
  uint64_t number;             // the caller's identifier for it
  struct curl_slist *fields;   // header lines to send
  uint8_t *body;               // to send; NULL for GET
  uint8_t *answer;
  size_t answer_count, answer_capacity, answer_limit;
  size_t header_count;         // bytes of all headers so far
  int is_too_long;             // the answer or its headers are longer than their limit
  char content_type[128], retry_after[64], json_length[32];
  char message[CURL_ERROR_SIZE];
} hl_transfer;

// If the other side closed a connection, TLS raises SIGPIPE when it writes to it, which would end the process. With the
// signal blocked on the transferring thread, it becomes an error of that transfer.
static inline void hl_block_broken_pipes(void) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &set, NULL);
}

// Copies the value of a header line if it has this name.
static inline void hl_transfer_field_value(const char *line, size_t length, const char *name, char *value, size_t size) {
  size_t start = strlen(name);
  if (length <= start || line[start] != ':' || strncasecmp(line, name, start)) return;
  start++;
  while (start < length && (line[start] == ' ' || line[start] == '\t')) start++;
  while (length > start && (unsigned char)line[length - 1] <= ' ') length--;
  size_t count = length - start;
  // A value that does not fit cannot be a valid one.
  if (count >= size) count = 0;
  memcpy(value, line + start, count);
  value[count] = 0;
}

// Any result except the length ends the transfer.
static inline size_t hl_transfer_take_header(char *line, size_t size, size_t count, void *context) {
  hl_transfer *t = (hl_transfer *)context;
  size_t length = size * count;
  t->header_count += length;
  // Older versions of libcurl keep all headers of all interim answers, however many there are.
  if (t->header_count > (size_t)1 << 18) {
    t->is_too_long = 1;
    return length + 1;
  }
  // An answer of a proxy or an interim answer comes before the final one.
  if (length >= 5 && !strncmp(line, "HTTP/", 5)) t->content_type[0] = t->retry_after[0] = t->json_length[0] = 0;
  hl_transfer_field_value(line, length, "Content-Type", t->content_type, sizeof t->content_type);
  hl_transfer_field_value(line, length, "Retry-After", t->retry_after, sizeof t->retry_after);
  hl_transfer_field_value(line, length, "Inference-Header-Content-Length", t->json_length, sizeof t->json_length);
  return length;
}

// As for headers, any result except the length ends the transfer.
static inline size_t hl_transfer_take_body(char *bytes, size_t size, size_t count, void *context) {
  hl_transfer *t = (hl_transfer *)context;
  size_t length = size * count;
  if (length > t->answer_limit - t->answer_count) {
    t->is_too_long = 1;
    return length + 1;
  }
  size_t needed = t->answer_count + length;
  if (needed > t->answer_capacity) {
    size_t capacity = needed < ((size_t)1 << 16) ? (size_t)1 << 16 : needed + needed / 2;
    if (capacity > t->answer_limit) capacity = t->answer_limit;
    uint8_t *grown = (uint8_t *)realloc(t->answer, capacity ? capacity : 1);
    if (!grown) return length + 1;
    t->answer = grown, t->answer_capacity = capacity;
  }
  memcpy(t->answer + t->answer_count, bytes, length);
  t->answer_count = needed;
  return length;
}

// Programs that are started later must not inherit the connection.
static inline int hl_transfer_close_on_exec(void *context, curl_socket_t socket, curlsocktype purpose) {
  (void)context, (void)purpose;
  fcntl(socket, F_SETFD, FD_CLOEXEC);
  return CURL_SOCKOPT_OK;
}

static inline void hl_transfer_free(hl_transfer *t) {
  if (!t) return;
  if (t->easy) curl_easy_cleanup(t->easy);
  curl_slist_free_all(t->fields);
  free(t->body), free(t->answer), free(t);
}

// A transfer of a URL; with a body it is a POST. NULL when memory runs out.
static inline hl_transfer *hl_transfer_new(uint64_t number, const char *url, const uint8_t *body, size_t count, int posts,
    size_t answer_limit, long connect_milliseconds, long milliseconds) {
  hl_transfer *t = (hl_transfer *)calloc(1, sizeof *t);
  if (!t) return NULL;
  t->number = number, t->answer_limit = answer_limit;
  t->easy = curl_easy_init();
  if (posts) t->body = (uint8_t *)malloc(count + 1);
  if (!t->easy || (posts && !t->body)) {
    hl_transfer_free(t);
    return NULL;
  }
  CURL *e = t->easy;
  int failed = curl_easy_setopt(e, CURLOPT_URL, url) != CURLE_OK;
  curl_easy_setopt(e, CURLOPT_PRIVATE, t);
  curl_easy_setopt(e, CURLOPT_ERRORBUFFER, t->message);
  curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, hl_transfer_take_body);
  curl_easy_setopt(e, CURLOPT_WRITEDATA, t);
  curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, hl_transfer_take_header);
  curl_easy_setopt(e, CURLOPT_HEADERDATA, t);
  curl_easy_setopt(e, CURLOPT_SOCKOPTFUNCTION, hl_transfer_close_on_exec);
  curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, connect_milliseconds);
  curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, milliseconds);
  // A redirection would send prompts and pictures to a server that nobody chose.
  curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(e, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
#if LIBCURL_VERSION_NUM >= 0x075500
  failed |= curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https") != CURLE_OK;
#else
  failed |= curl_easy_setopt(e, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS)) != CURLE_OK;
#endif
#if LIBCURL_VERSION_NUM >= 0x075700
  // Without it, cancelling waits until a name has been looked up.
  curl_easy_setopt(e, CURLOPT_QUICK_EXIT, 1L);
#endif
  if (posts) {
    memcpy(t->body, body, count);
    curl_easy_setopt(e, CURLOPT_POST, 1L);
    curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)count);
    curl_easy_setopt(e, CURLOPT_POSTFIELDS, t->body);
  }
  if (failed) {
    hl_transfer_free(t);
    return NULL;
  }
  return t;
}

// Adds a header line, such as "Content-Type: application/json". Returns whether there was enough memory.
static inline int hl_transfer_add_field(hl_transfer *t, const char *line) {
  struct curl_slist *fields = curl_slist_append(t->fields, line);
  if (!fields) return 0;
  t->fields = fields;
  return 1;
}

// Trusts the authorities in a file, and no others: the system's folder would otherwise be used as well.
static inline int hl_transfer_use_authorities(hl_transfer *t, const char *file) {
  CURLcode folder = curl_easy_setopt(t->easy, CURLOPT_CAPATH, NULL);
  // Not every TLS library has such a folder.
  if (folder != CURLE_OK && folder != CURLE_NOT_BUILT_IN && folder != CURLE_UNKNOWN_OPTION) return 0;
  return curl_easy_setopt(t->easy, CURLOPT_CAINFO, file) == CURLE_OK;
}

static inline void hl_transfer_use_no_proxy(hl_transfer *t) { curl_easy_setopt(t->easy, CURLOPT_NOPROXY, "*"); }

static inline int hl_transfer_start(CURLM *multi, hl_transfer *t) {
  curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER, t->fields);
  return curl_multi_add_handle(multi, t->easy) == CURLM_OK;
}

static inline void hl_transfer_end(CURLM *multi, hl_transfer *t) {
  curl_multi_remove_handle(multi, t->easy);
  hl_transfer_free(t);
}

// A finished transfer with its result; NULL if there is none.
static inline hl_transfer *hl_transfer_next_done(CURLM *multi, CURLcode *result) {
  CURLMsg *message;
  int left;
  while ((message = curl_multi_info_read(multi, &left))) {
    hl_transfer *t = NULL;
    if (message->msg != CURLMSG_DONE) continue;
    *result = message->data.result;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&t);
    if (t) return t;
  }
  return NULL;
}

// The HTTP status, 0 if there was none.
static inline long hl_transfer_status(const hl_transfer *t) {
  long status = 0;
  curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
  return status;
}

// Whether the request was or could have been sent.
static inline int hl_transfer_was_connected(const hl_transfer *t) {
  curl_off_t time = 0;
  curl_easy_getinfo(t->easy, CURLINFO_PRETRANSFER_TIME_T, &time);
  return time > 0;
}

static inline const char *hl_transfer_content_type(const hl_transfer *t) { return t->content_type; }
static inline const char *hl_transfer_retry_after(const hl_transfer *t) { return t->retry_after; }
static inline const char *hl_transfer_json_length(const hl_transfer *t) { return t->json_length; }
static inline const char *hl_transfer_message(const hl_transfer *t) { return t->message; }

#endif
