/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-core"

#include "core.h"

#include <glib/gi18n.h>

static GVariant *
describe_finding (const HoFinding *finding)
{
  const HoCheck *check = finding->check;
  g_autofree char *why = g_strdup_printf ("%s (%s)", _ (check->why), check->source);
  GVariantBuilder facts;

  g_variant_builder_init (&facts, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&facts, "{sv}", "id", g_variant_new_string (check->id));
  g_variant_builder_add (&facts, "{sv}", "family",
                         g_variant_new_string (ho_family_to_string (check->family)));
  g_variant_builder_add (&facts, "{sv}", "title", g_variant_new_string (_ (check->title)));
  g_variant_builder_add (&facts, "{sv}", "verdict",
                         g_variant_new_string (ho_verdict_to_string (finding->verdict)));
  g_variant_builder_add (&facts, "{sv}", "seen", g_variant_new_string (finding->seen));
  g_variant_builder_add (&facts, "{sv}", "why", g_variant_new_string (why));
  g_variant_builder_add (&facts, "{sv}", "do",
                         g_variant_new_string (finding->advice != NULL ? finding->advice : ""));
  g_variant_builder_add (&facts, "{sv}", "fixable", g_variant_new_boolean (finding->fixable));
  return g_variant_builder_end (&facts);
}

/**
 * ho_core_describe_diagnosis:
 * @diagnosis: what the doctor found
 *
 * Returns: (transfer floating): `a{sv}`, everything that `handover doctor --json` prints (see
 *   data/doctor.schema.json)
 */
GVariant *
ho_core_describe_diagnosis (HoDiagnosis *diagnosis)
{
  GVariantBuilder facts, checks;

  g_variant_builder_init (&checks, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < diagnosis->findings->len; i++)
    g_variant_builder_add_value (&checks, describe_finding (diagnosis->findings->pdata[i]));

  g_variant_builder_init (&facts, G_VARIANT_TYPE_VARDICT);
  if (diagnosis->guest != NULL)
    g_variant_builder_add (&facts, "{sv}", "guest", g_variant_new_string (diagnosis->guest));
  g_variant_builder_add (&facts, "{sv}", "checks", g_variant_builder_end (&checks));
  return g_variant_builder_end (&facts);
}
