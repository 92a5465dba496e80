// The backward halves of shim.h's convolutions, and the conversion of trained weights between layouts. Like shim.h, it
// is the same for oneDNN 2.x and 3.x. Matrix products are trained as 1x1 convolutions.
#ifndef HALFLIGHT_ONEDNN_BACKWARD_H
#define HALFLIGHT_ONEDNN_BACKWARD_H

#include "shim.h"

typedef enum { hl_by_data = 0, hl_by_weights = 1 } hl_direction;

static inline dnnl_status_t hl_convolution_backward_pd(
    hl_op *op, dnnl_engine_t engine, dnnl_primitive_attr_t attr, hl_direction direction, const hl_op *forward) {
  const hl_spec *s = &op->spec;
  int64_t src[4] = {s->n, s->c_in, s->h, s->w}, dst[4] = {s->n, s->c_out, s->dst_h, s->dst_w};
  int64_t weights[4] = {s->c_out, s->c_in, s->kernel, s->kernel}, bias[1] = {s->c_out};
  // Gradients of weights are accumulated and stored in float32; gradients of values have the format of the values.
  dnnl_data_type_t weights_type = direction == hl_by_weights ? dnnl_f32 : hl_dt(s->weights_type);
  hl_md m_src, m_w, m_b, m_dst;
  dnnl_status_t st = hl_md_tag(&m_src, 4, src, hl_dt(s->src_type), dnnl_nhwc);
  if (st == dnnl_success) st = hl_md_tag(&m_w, 4, weights, weights_type, dnnl_format_tag_any);
  if (st == dnnl_success) st = hl_md_tag(&m_b, 1, bias, dnnl_f32, dnnl_a);
  if (st == dnnl_success) st = hl_md_tag(&m_dst, 4, dst, hl_dt(s->src_type), dnnl_nhwc);
  if (st != dnnl_success) return st;
  dnnl_dims_t strides = {s->stride, s->stride}, dilates = {0, 0};
  dnnl_dims_t low = {s->pad_top, s->pad_left}, high = {s->pad_bottom, s->pad_right};
#if HL_DNNL_V3
  st = direction == hl_by_data
      ? dnnl_convolution_backward_data_primitive_desc_create(&op->pd, engine, dnnl_convolution_direct, m_src, m_w,
            m_dst, strides, dilates, low, high, forward->pd, attr)
      : dnnl_convolution_backward_weights_primitive_desc_create(&op->pd, engine, dnnl_convolution_direct, m_src, m_w,
            s->bias ? m_b : NULL, m_dst, strides, dilates, low, high, forward->pd, attr);
#else
  dnnl_convolution_desc_t desc;
  st = direction == hl_by_data
      ? dnnl_dilated_convolution_backward_data_desc_init(
            &desc, dnnl_convolution_direct, &m_src, &m_w, &m_dst, strides, dilates, low, high)
      : dnnl_dilated_convolution_backward_weights_desc_init(&desc, dnnl_convolution_direct, &m_src, &m_w,
            s->bias ? &m_b : NULL, &m_dst, strides, dilates, low, high);
  if (st == dnnl_success) st = dnnl_primitive_desc_create(&op->pd, &desc, attr, engine, forward->pd);
#endif
  hl_md_free(m_src), hl_md_free(m_w), hl_md_free(m_b), hl_md_free(m_dst);
  return st;
}

// Prepares the backward half of a convolution; `forward` is the same convolution's forward half.
static inline dnnl_status_t hl_op_create_backward(
    hl_op *op, dnnl_engine_t engine, const hl_spec *spec, hl_direction direction, const hl_op *forward) {
  memset(op, 0, sizeof *op);
  op->spec = *spec;
  dnnl_primitive_attr_t attr = NULL;
  dnnl_status_t st = dnnl_primitive_attr_create(&attr);
  if (st == dnnl_success) st = dnnl_primitive_attr_set_scratchpad_mode(attr, dnnl_scratchpad_mode_user);
  if (st == dnnl_success) st = hl_convolution_backward_pd(op, engine, attr, direction, forward);
  if (attr) dnnl_primitive_attr_destroy(attr);
  if (st == dnnl_success) st = dnnl_primitive_create(&op->primitive, op->pd);
  return st;
}

static inline dnnl_status_t hl_op_bind_by_data(
    hl_op *op, dnnl_engine_t engine, void *grad_src, void *weights, void *grad_dst, void *scratch) {
  dnnl_status_t st = hl_op_bind_one(op, engine, DNNL_ARG_DIFF_SRC, hl_op_md(op, dnnl_query_diff_src_md), grad_src);
  if (st == dnnl_success) st = hl_op_bind_one(op, engine, DNNL_ARG_WEIGHTS, hl_op_md(op, dnnl_query_weights_md), weights);
  if (st == dnnl_success) st = hl_op_bind_one(op, engine, DNNL_ARG_DIFF_DST, hl_op_md(op, dnnl_query_diff_dst_md), grad_dst);
  if (st == dnnl_success && hl_op_scratch_size(op) > 0)
    st = hl_op_bind_one(op, engine, DNNL_ARG_SCRATCHPAD, hl_op_md(op, dnnl_query_scratchpad_md), scratch);
  return st;
}

static inline dnnl_status_t hl_op_bind_by_weights(hl_op *op, dnnl_engine_t engine, void *src, void *grad_dst,
    void *grad_weights, void *grad_bias, void *scratch) {
  dnnl_status_t st = hl_op_bind_one(op, engine, DNNL_ARG_SRC, hl_op_md(op, dnnl_query_src_md), src);
  if (st == dnnl_success) st = hl_op_bind_one(op, engine, DNNL_ARG_DIFF_DST, hl_op_md(op, dnnl_query_diff_dst_md), grad_dst);
  if (st == dnnl_success)
    st = hl_op_bind_one(op, engine, DNNL_ARG_DIFF_WEIGHTS, hl_op_md(op, dnnl_query_diff_weights_md), grad_weights);
  if (st == dnnl_success && op->spec.bias) {
    int64_t dims[1] = {op->spec.c_out};
    hl_md md;
    st = hl_md_tag(&md, 1, dims, dnnl_f32, dnnl_a);
    if (st == dnnl_success) st = hl_op_bind_one(op, engine, DNNL_ARG_DIFF_BIAS, HL_REF(md), grad_bias);
    hl_md_free(md);
  }
  if (st == dnnl_success && hl_op_scratch_size(op) > 0)
    st = hl_op_bind_one(op, engine, DNNL_ARG_SCRATCHPAD, hl_op_md(op, dnnl_query_scratchpad_md), scratch);
  return st;
}

// The layout in which gradients by weights are written.
static inline hl_md_ref hl_op_gradient_md(const hl_op *by_weights) {
  return hl_op_md(by_weights, dnnl_query_diff_weights_md);
}

// The layout in which a forward or backward half by data reads its weights.
static inline hl_md_ref hl_op_weights_md(const hl_op *op) { return hl_op_md(op, dnnl_query_weights_md); }

// Converts weights between PyTorch's layout, (out, in, k, k) in float32, and the layout of their gradients.
static inline dnnl_status_t hl_learnt_plain(
    const hl_op *by_weights, dnnl_engine_t engine, dnnl_stream_t stream, void *plain, void *learnt, bool to_plain) {
  const hl_spec *s = &by_weights->spec;
  int64_t dims[4] = {s->c_out, s->c_in, s->kernel, s->kernel};
  hl_md md;
  hl_reorder r;
  dnnl_status_t st = hl_md_tag(&md, 4, dims, dnnl_f32, dnnl_oihw);
  if (st != dnnl_success) return st;
  hl_md_ref own = hl_op_gradient_md(by_weights);
  st = to_plain ? hl_reorder_create(&r, engine, own, learnt, HL_REF(md), plain, NULL)
                : hl_reorder_create(&r, engine, HL_REF(md), plain, own, learnt, NULL);
  if (st == dnnl_success) st = hl_reorder_run(&r, stream);
  if (st == dnnl_success) st = dnnl_stream_wait(stream);
  hl_reorder_destroy(&r);
  hl_md_free(md);
  return st;
}

#endif
