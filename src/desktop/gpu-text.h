/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "gpu.h"

G_BEGIN_DECLS

char *ho_gpu_text_describe (HoGpu *gpu);
char *ho_gpu_text_describe_function (const HoPciFunction *function);
char *ho_gpu_text_title_incomplete (HoGpu *gpu, const HoPciFunction *straggler);
char *ho_gpu_text_explain_incomplete (HoGpu *gpu, const HoPciFunction *straggler);
char *ho_gpu_text_explain_stall (HoGpu *gpu, const HoPciFunction *straggler);

G_END_DECLS
