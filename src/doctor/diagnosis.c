/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-doctor"

#include "doctor.h"

/**
 * ho_diagnosis_new:
 * @context: (transfer full): host and guest
 * @cancellable: (nullable): ends the run early; what was not looked at is missing then
 *
 * Looks at everything. Reads many files, so it is for a thread.
 *
 * Returns: (transfer full): what was found
 */
HoDiagnosis *
ho_diagnosis_new (HoDoctorContext *context, GCancellable *cancellable)
{
  HoDiagnosis *self = g_atomic_rc_box_new0 (HoDiagnosis);
  g_autofree char *uuid = context->facts != NULL ? g_strdup (context->facts->uuid) : NULL;

  self->guest = g_strdup (context->guest);
  self->uuid = g_steal_pointer (&uuid);
  self->context = context;
  self->findings = g_ptr_array_new_with_free_func ((GDestroyNotify) ho_finding_free);
  for (const HoCheck *const *check = ho_checks_get ();
       *check != NULL && !g_cancellable_is_cancelled (cancellable); check++)
    {
      g_autoptr (HoFinding) finding = ho_finding_new (*check, context);

      if (finding->applies)
        g_ptr_array_add (self->findings, g_steal_pointer (&finding));
    }
  return self;
}

HoDiagnosis *
ho_diagnosis_ref (HoDiagnosis *self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
diagnosis_clear (gpointer data)
{
  HoDiagnosis *self = data;

  g_free (self->guest);
  g_free (self->uuid);
  g_ptr_array_unref (self->findings);
  ho_doctor_context_free (self->context);
}

void
ho_diagnosis_unref (HoDiagnosis *self)
{
  g_atomic_rc_box_release_full (self, diagnosis_clear);
}

/**
 * ho_diagnosis_find:
 * @self: a diagnosis
 * @id: of a check
 *
 * Returns: (transfer none) (nullable): its finding; %NULL if it had nothing to look at
 */
const HoFinding *
ho_diagnosis_find (HoDiagnosis *self, const char *id)
{
  for (guint i = 0; i < self->findings->len; i++)
    {
      const HoFinding *finding = self->findings->pdata[i];

      if (g_str_equal (finding->check->id, id))
        return finding;
    }
  return NULL;
}

guint
ho_diagnosis_count (HoDiagnosis *self, HoVerdict verdict)
{
  guint n = 0;

  for (guint i = 0; i < self->findings->len; i++)
    n += ((const HoFinding *) self->findings->pdata[i])->verdict == verdict;
  return n;
}
