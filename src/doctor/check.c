/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-doctor"

#include "check.h"

#include <glib/gi18n.h>

/**
 * ho_verdict_to_string:
 * @verdict: a verdict
 *
 * Returns: its name in JSON
 */
const char *
ho_verdict_to_string (HoVerdict verdict)
{
  static const char *const names[HO_N_VERDICTS] = {
    [HO_VERDICT_OK] = "ok",           [HO_VERDICT_ADVICE] = "advice",
    [HO_VERDICT_WARNING] = "warning", [HO_VERDICT_ERROR] = "error",
    [HO_VERDICT_UNKNOWN] = "unknown",
  };

  g_return_val_if_fail ((guint) verdict < HO_N_VERDICTS, NULL);
  return names[verdict];
}

/**
 * ho_verdict_get_word:
 * @verdict: a verdict
 *
 * Returns: a word for it in the user's language
 */
const char *
ho_verdict_get_word (HoVerdict verdict)
{
  static const char *const words[HO_N_VERDICTS] = {
    [HO_VERDICT_OK] = N_ ("fine"),           [HO_VERDICT_ADVICE] = N_ ("advice"),
    [HO_VERDICT_WARNING] = N_ ("warning"),   [HO_VERDICT_ERROR] = N_ ("error"),
    [HO_VERDICT_UNKNOWN] = N_ ("not known"),
  };

  g_return_val_if_fail ((guint) verdict < HO_N_VERDICTS, NULL);
  return _ (words[verdict]);
}

/**
 * ho_family_to_string:
 * @family: a family
 *
 * Returns: its name in JSON
 */
const char *
ho_family_to_string (HoFamily family)
{
  static const char *const names[HO_N_FAMILIES] = {
    [HO_FAMILY_LIBVIRT] = "libvirt",   [HO_FAMILY_VIRTUALISATION] = "virtualisation",
    [HO_FAMILY_IOMMU] = "iommu",       [HO_FAMILY_CARD] = "card",
    [HO_FAMILY_CPU] = "cpu",           [HO_FAMILY_MEMORY] = "memory",
    [HO_FAMILY_FIRMWARE] = "firmware", [HO_FAMILY_DISK] = "disk",
    [HO_FAMILY_NETWORK] = "network",   [HO_FAMILY_SOUND] = "sound",
    [HO_FAMILY_INPUT] = "input",       [HO_FAMILY_SECURITY] = "security",
  };

  g_return_val_if_fail ((guint) family < HO_N_FAMILIES, NULL);
  return names[family];
}

/**
 * ho_family_get_title:
 * @family: a family
 *
 * Returns: its name in the user's language
 */
const char *
ho_family_get_title (HoFamily family)
{
  static const char *const titles[HO_N_FAMILIES] = {
    [HO_FAMILY_LIBVIRT] = N_ ("libvirt and QEMU"),
    [HO_FAMILY_VIRTUALISATION] = N_ ("Virtualisation"),
    [HO_FAMILY_IOMMU] = N_ ("IOMMU"),
    [HO_FAMILY_CARD] = N_ ("Graphics card and other devices"),
    [HO_FAMILY_CPU] = N_ ("Processors"),
    [HO_FAMILY_MEMORY] = N_ ("Memory"),
    [HO_FAMILY_FIRMWARE] = N_ ("Firmware and operating system"),
    [HO_FAMILY_DISK] = N_ ("Disks"),
    [HO_FAMILY_NETWORK] = N_ ("Network"),
    [HO_FAMILY_SOUND] = N_ ("Sound"),
    [HO_FAMILY_INPUT] = N_ ("Keyboard and mouse"),
    [HO_FAMILY_SECURITY] = N_ ("Access control"),
  };

  g_return_val_if_fail ((guint) family < HO_N_FAMILIES, NULL);
  return _ (titles[family]);
}

/**
 * ho_finding_new:
 * @check: what to look at
 * @context: host and guest
 *
 * Returns: (transfer full): what @check finds
 */
HoFinding *
ho_finding_new (const HoCheck *check, const HoDoctorContext *context)
{
  HoFinding *self = g_new0 (HoFinding, 1);

  self->check = check;
  check->run (context, self);
  return self;
}

void
ho_finding_free (HoFinding *self)
{
  g_free (self->seen);
  g_free (self->advice);
  g_free (self);
}

/**
 * ho_finding_say:
 * @self: a finding
 * @verdict: the verdict
 * @format: what was seen, and where
 * @...: for @format
 */
void
ho_finding_say (HoFinding *self, HoVerdict verdict, const char *format, ...)
{
  va_list args;

  self->applies = TRUE;
  self->verdict = verdict;
  g_free (self->seen);
  va_start (args, format);
  self->seen = g_strdup_vprintf (format, args);
  va_end (args);
}

/**
 * ho_finding_advise:
 * @self: a finding
 * @format: what the user can do
 * @...: for @format
 */
void
ho_finding_advise (HoFinding *self, const char *format, ...)
{
  va_list args;

  g_free (self->advice);
  va_start (args, format);
  self->advice = g_strdup_vprintf (format, args);
  va_end (args);
}

/**
 * ho_finding_offer:
 * @self: a finding whose check has a fix that helps here
 * @format: what the fix changes
 * @...: for @format
 */
void
ho_finding_offer (HoFinding *self, const char *format, ...)
{
  va_list args;

  g_return_if_fail (self->check->fix != NULL);
  g_free (self->advice);
  va_start (args, format);
  self->advice = g_strdup_vprintf (format, args);
  va_end (args);
  self->fixable = TRUE;
}
