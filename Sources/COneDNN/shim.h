#ifndef HALFLIGHT_ONEDNN_H
#define HALFLIGHT_ONEDNN_H
#include <oneapi/dnnl/dnnl.h>
#endif
