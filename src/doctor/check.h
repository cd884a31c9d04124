/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "doctor-context.h"
#include "guest-edit.h"

G_BEGIN_DECLS

/**
 * HoVerdict:
 * @HO_VERDICT_OK: as it should be
 * @HO_VERDICT_ADVICE: works, and could be better
 * @HO_VERDICT_WARNING: works, until it does not
 * @HO_VERDICT_ERROR: does not work
 * @HO_VERDICT_UNKNOWN: cannot be told here; what was seen says why
 */
typedef enum
{
  HO_VERDICT_OK,
  HO_VERDICT_ADVICE,
  HO_VERDICT_WARNING,
  HO_VERDICT_ERROR,
  HO_VERDICT_UNKNOWN,
} HoVerdict;

#define HO_N_VERDICTS (HO_VERDICT_UNKNOWN + 1)

/* Which verdicts a check may give. */
#define HO_CAN_OK (1u << HO_VERDICT_OK)
#define HO_CAN_ADVICE (1u << HO_VERDICT_ADVICE)
#define HO_CAN_WARNING (1u << HO_VERDICT_WARNING)
#define HO_CAN_ERROR (1u << HO_VERDICT_ERROR)
#define HO_CAN_UNKNOWN (1u << HO_VERDICT_UNKNOWN)

/**
 * HoFamily:
 *
 * What checks are grouped by, in the order they are shown.
 */
typedef enum
{
  HO_FAMILY_LIBVIRT,
  HO_FAMILY_VIRTUALISATION,
  HO_FAMILY_IOMMU,
  HO_FAMILY_CARD,
  HO_FAMILY_CPU,
  HO_FAMILY_MEMORY,
  HO_FAMILY_FIRMWARE,
  HO_FAMILY_DISK,
  HO_FAMILY_NETWORK,
  HO_FAMILY_SOUND,
  HO_FAMILY_INPUT,
  HO_FAMILY_SECURITY,
} HoFamily;

#define HO_N_FAMILIES (HO_FAMILY_SECURITY + 1)

typedef struct _HoCheck HoCheck;
typedef struct _HoFinding HoFinding;

/**
 * HoCheckRun:
 * @context: what is known of host and guest; must not be changed
 * @finding: what was found; left alone where the check has nothing to look at on this machine
 *
 * Runs in a thread; reads, never changes anything.
 */
typedef void (*HoCheckRun) (const HoDoctorContext *context, HoFinding *finding);

/**
 * HoCheck:
 * @id: its name for scripts and people
 * @family: what it is shown with
 * @title: what it looks at
 * @verdicts: the verdicts that it may give (%HO_CAN_OK and so on)
 * @why: why it matters
 * @source: where to read more
 * @run: looks
 * @fix: (nullable): mends the guest's definition; its data is the #HoDoctorContext
 * @touches: (nullable): an XPath of all that @fix may add, change or remove
 *
 * One thing that is looked at.
 */
struct _HoCheck
{
  const char *id;
  HoFamily family;
  const char *title;
  guint verdicts;
  const char *why;
  const char *source;
  HoCheckRun run;
  HoXmlEdit fix;
  const char *touches;
};

/**
 * HoFinding:
 * @check: whose it is
 * @applies: whether there was something to look at
 * @verdict: the verdict
 * @seen: the value and where it was seen
 * @advice: (nullable): what to do: a command, a change of the guest's XML, or a link
 * @fixable: whether the check's fix can do that
 */
struct _HoFinding
{
  const HoCheck *check;
  gboolean applies;
  HoVerdict verdict;
  char *seen;
  char *advice;
  gboolean fixable;
};

const HoCheck *const *ho_checks_get (void);
const HoCheck *ho_checks_find (const char *id);

const char *ho_verdict_to_string (HoVerdict verdict);
const char *ho_verdict_get_word (HoVerdict verdict);
const char *ho_family_to_string (HoFamily family);
const char *ho_family_get_title (HoFamily family);

HoFinding *ho_finding_new (const HoCheck *check, const HoDoctorContext *context);
void ho_finding_free (HoFinding *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HoFinding, ho_finding_free)

/* For checks. */
void ho_finding_say (HoFinding *self, HoVerdict verdict, const char *format, ...)
    G_GNUC_PRINTF (3, 4);
void ho_finding_advise (HoFinding *self, const char *format, ...) G_GNUC_PRINTF (2, 3);
void ho_finding_offer (HoFinding *self, const char *format, ...) G_GNUC_PRINTF (2, 3);

G_END_DECLS
