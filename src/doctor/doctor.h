/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "check.h"
#include "guest.h"
#include "settings.h"

G_BEGIN_DECLS

/**
 * HoDiagnosis:
 * @guest: (nullable): the name of the guest that was looked at, besides the host
 * @uuid: (nullable): its UUID
 * @findings: (element-type HoFinding): what was found, in the order to show it
 * @context: what it was found in
 *
 * The result of a run. Immutable, shared by reference.
 */
typedef struct
{
  char *guest;
  char *uuid;
  GPtrArray *findings;
  HoDoctorContext *context;
} HoDiagnosis;

HoDiagnosis *ho_diagnosis_new (HoDoctorContext *context, GCancellable *cancellable);
HoDiagnosis *ho_diagnosis_ref (HoDiagnosis *self);
void ho_diagnosis_unref (HoDiagnosis *self);
const HoFinding *ho_diagnosis_find (HoDiagnosis *self, const char *id);
guint ho_diagnosis_count (HoDiagnosis *self, HoVerdict verdict);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HoDiagnosis, ho_diagnosis_unref)

#define HO_TYPE_DOCTOR (ho_doctor_get_type ())
G_DECLARE_FINAL_TYPE (HoDoctor, ho_doctor, HO, DOCTOR, GObject)

HoDoctor *ho_doctor_new (HoHypervisor *hypervisor, HoSettings *settings);

void ho_doctor_run_async (HoDoctor *self, HoGuest *guest, GCancellable *cancellable,
                          GAsyncReadyCallback callback, gpointer user_data);
HoDiagnosis *ho_doctor_run_finish (HoDoctor *self, GAsyncResult *result, GError **error);

G_END_DECLS
