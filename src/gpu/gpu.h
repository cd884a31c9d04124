/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "guest.h"
#include "holders.h"

G_BEGIN_DECLS

/**
 * HoGpuOwner:
 * @HO_GPU_HOST: a driver of the host has the card
 * @HO_GPU_GUEST: a guest has it
 * @HO_GPU_RESERVED: it is set aside for guests, and none has it
 * @HO_GPU_NONE: no driver has it
 */
typedef enum
{
  HO_GPU_HOST,
  HO_GPU_GUEST,
  HO_GPU_RESERVED,
  HO_GPU_NONE,
} HoGpuOwner;

#define HO_TYPE_GPU (ho_gpu_get_type ())
G_DECLARE_FINAL_TYPE (HoGpu, ho_gpu, HO, GPU, GObject)

HoGpu *ho_gpu_new (const char *slot);

const char *ho_gpu_get_slot (HoGpu *self);
const char *ho_gpu_get_address (HoGpu *self);
const char *ho_gpu_get_name (HoGpu *self);
const char *ho_gpu_get_driver (HoGpu *self);
GPtrArray *ho_gpu_get_functions (HoGpu *self);
GPtrArray *ho_gpu_get_strangers (HoGpu *self);
HoGpuOwner ho_gpu_get_owner (HoGpu *self);
HoGuest *ho_gpu_get_guest (HoGpu *self);
HoHolders *ho_gpu_get_holders (HoGpu *self);
HoPciFunction *ho_gpu_find_on_host (HoGpu *self);
HoPciFunction *ho_gpu_find_held (HoGpu *self);
gboolean ho_gpu_is_passed_to (HoGpu *self, HoGuest *guest);

const char *ho_gpu_owner_to_string (HoGpuOwner owner);
char *ho_gpu_function_dup_title (const HoPciFunction *function);

/* For the gpu room alone: how what was read reaches the object. */
gboolean ho_gpu_apply (HoGpu *self, const HoPciScan *scan, HoGuest *guest);
void ho_gpu_set_ambiguous (HoGpu *self, gboolean ambiguous);
void ho_gpu_set_holders (HoGpu *self, HoHolders *holders);

G_END_DECLS
