/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "examine.h"

#include "xml-compare.h"

/* Runs every check, and every change that is offered, on any XML at all; what a check promises has
 * to hold whatever the XML is. */

/**
 * examine_set_guest:
 * @context: a context, whose guest is replaced
 * @xml: what may be the XML of a guest
 *
 * Returns: whether it is
 */
gboolean
examine_set_guest (HoDoctorContext *context, const char *xml)
{
  g_clear_pointer (&context->definition, xmlFreeDoc);
  g_clear_pointer (&context->live, xmlFreeDoc);
  g_clear_pointer (&context->facts, ho_domain_facts_unref);
  g_clear_pointer (&context->guest, g_free);
  if (ho_doctor_context_set_guest (context, xml, NULL, NULL))
    return TRUE;
  g_clear_pointer (&context->definition, xmlFreeDoc);
  return FALSE;
}

static void
try_fix (HoDoctorContext *context, const HoCheck *check)
{
  xmlDoc *doc = xmlCopyDoc (context->definition, 1);
  g_autofree char *before = xml_canonical (doc, check->touches);
  g_autofree char *after = NULL;
  g_autoptr (GError) error = NULL;

  if (!check->fix (doc, context, &error))
    {
      /* A change that is refused says why, and has changed nothing. */
      g_autofree char *whole = xml_canonical (context->definition, NULL);
      g_autofree char *left = xml_canonical (doc, NULL);

      g_assert_nonnull (error);
      if (!g_str_equal (whole, left))
        g_error ("%s: refused, but changed", check->id);
    }
  else
    {
      g_autofree char *once = xml_canonical (doc, NULL);
      g_autofree char *twice = NULL;

      after = xml_canonical (doc, check->touches);
      if (!g_str_equal (before, after))
        g_error ("%s: changed more than %s:\n%s\n%s", check->id, check->touches, before, after);
      g_assert_true (check->fix (doc, context, NULL));
      twice = xml_canonical (doc, NULL);
      if (!g_str_equal (once, twice))
        g_error ("%s: changes more the second time:\n%s\n%s", check->id, once, twice);
    }
  xmlFreeDoc (doc);
}

/**
 * examine_all:
 * @context: with a guest
 * @n_findings: (out): how many checks had something to look at
 * @n_fixes: (out): how many changes were tried
 */
void
examine_all (HoDoctorContext *context, guint *n_findings, guint *n_fixes)
{
  *n_findings = *n_fixes = 0;
  for (const HoCheck *const *check = ho_checks_get (); *check != NULL; check++)
    {
      g_autoptr (HoFinding) finding = ho_finding_new (*check, context);

      if (!finding->applies)
        continue;
      (*n_findings)++;
      if (((*check)->verdicts & (1u << finding->verdict)) == 0)
        g_error ("%s: gave %s: %s", (*check)->id, ho_verdict_to_string (finding->verdict),
                 finding->seen);
      g_assert_true (g_utf8_validate (finding->seen, -1, NULL));
      if (!finding->fixable)
        continue;
      (*n_fixes)++;
      try_fix (context, *check);
    }
}
