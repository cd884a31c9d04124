/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "audio-link.h"
#include "cpu-shield.h"
#include "doctor.h"
#include "gpu-room.h"
#include "guest-control.h"
#include "guest-streams.h"
#include "input.h"

G_BEGIN_DECLS

#define HO_TYPE_CORE (ho_core_get_type ())
G_DECLARE_FINAL_TYPE (HoCore, ho_core, HO, CORE, GObject)

HoCore *ho_core_new (HoSettings *settings, HoHypervisor *hypervisor);

HoSettings *ho_core_get_settings (HoCore *self);
HoHypervisor *ho_core_get_hypervisor (HoCore *self);
HoGuestList *ho_core_get_guests (HoCore *self);
HoGuestControl *ho_core_get_control (HoCore *self);
HoAudioLink *ho_core_get_audio (HoCore *self);
HoGuestStreams *ho_core_get_streams (HoCore *self);
HoGuest *ho_core_get_sounding_guest (HoCore *self);
HoDoctor *ho_core_get_doctor (HoCore *self);
HoInput *ho_core_get_input (HoCore *self);
HoGpuList *ho_core_get_gpus (HoCore *self);
HoCpuShield *ho_core_get_cpu_shield (HoCore *self);
HoGpuRoom *ho_core_get_gpu_room (HoCore *self);
HoGuest *ho_core_get_primary_guest (HoCore *self);

HoGuest *ho_core_find_guest (HoCore *self, const char *name, GError **error);
gboolean ho_core_find_input_target (HoCore *self, const char *to, const char *name, HoGuest **guest,
                                    GError **error);

GVariant *ho_core_describe_connection (HoCore *self);
GVariant *ho_core_describe_guest (HoCore *self, HoGuest *guest);
GVariant *ho_core_describe_guests (HoCore *self);
GVariant *ho_core_describe_audio (HoCore *self);
GVariant *ho_core_describe_diagnosis (HoDiagnosis *diagnosis);
GVariant *ho_core_describe_input (HoCore *self);
GVariant *ho_core_describe_devices (HoCore *self);
GVariant *ho_core_describe_gpu (HoCore *self, HoGpu *gpu);
GVariant *ho_core_describe_gpus (HoCore *self);
GVariant *ho_core_describe_status (HoCore *self);

G_END_DECLS
