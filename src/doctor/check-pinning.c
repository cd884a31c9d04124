/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-doctor"

#include "checks.h"

#include "guest-pins.h"

#include <glib/gi18n.h>

/* Which of the host's processors the guest's run on,
 * https://libvirt.org/formatdomain.html#cpu-tuning. */

#define SOURCE "https://libvirt.org/formatdomain.html#cpu-tuning"

static void
say_missing_cpus (const HoDoctorContext *context, const HoGuestPins *pins, HoFinding *finding)
{
  HoCpuSet missing = pins->all;
  g_autofree char *list = NULL;

  ho_cpu_set_remove_all (&missing, &context->host->online);
  list = ho_cpu_set_to_string (&missing);
  ho_finding_say (finding, HO_VERDICT_ERROR, _ ("pinned to CPUs that are not there: %s"), list);
  ho_finding_advise (finding, "lscpu --extended   # %s",
                     _ ("then correct cpuset in each <vcpupin>"));
}

static void
run_pinning (const HoDoctorContext *context, HoFinding *finding)
{
  g_autoptr (HoGuestPins) pins = ho_guest_pins_new (context->definition);
  g_autofree HoCpuSet *proposal = NULL;

  if (pins == NULL || !ho_doctor_context_has_card (context))
    return;
  if (!context->local || ho_cpu_set_count (&context->host->online) == 0)
    ho_finding_say (finding, HO_VERDICT_UNKNOWN, _ ("the host's CPUs cannot be seen"));
  else if (!ho_cpu_set_is_within (&pins->all, &context->host->online))
    say_missing_cpus (context, pins, finding);
  else if (ho_guest_pins_are_complete (pins))
    {
      g_autofree char *list = ho_cpu_set_to_string (&pins->all);

      ho_finding_say (finding, HO_VERDICT_OK, _ ("%u vCPUs on CPUs %s"), pins->n, list);
    }
  else
    {
      ho_finding_say (finding, pins->n_pinned > 0 ? HO_VERDICT_WARNING : HO_VERDICT_ADVICE,
                      _ ("%u of %u vCPUs are pinned"), pins->n_pinned, pins->n);
      proposal = pins->n_pinned == 0 ? ho_guest_pins_propose (context, pins->n) : NULL;
      if (proposal != NULL)
        ho_finding_offer (finding,
                          _ ("Add a <vcpupin> for each vCPU, on whole cores of the host."));
      else
        ho_finding_advise (finding, "lscpu --extended   # %s",
                           _ ("then add <vcpupin> to <cputune> for each vCPU"));
    }
}

static gboolean
fix_pinning (xmlDoc *doc, gpointer data, GError **error)
{
  const HoDoctorContext *context = data;
  guint n = ho_guest_count_vcpus (doc);
  g_autofree HoCpuSet *proposal = ho_guest_pins_propose (context, n);
  xmlNode *root = xmlDocGetRootElement (doc);
  xmlNode *tune = ho_xml_find_child (root, "cputune");

  if (proposal == NULL || ho_xml_find_child (tune, "vcpupin") != NULL)
    return TRUE;
  if (tune == NULL)
    tune = ho_xml_add_child (root, "cputune", NULL);
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *vcpu = g_strdup_printf ("%u", i);
      g_autofree char *place = ho_cpu_set_to_string (&proposal[i]);

      ho_xml_add_child (tune, "vcpupin", "vcpu", vcpu, "cpuset", place, NULL);
    }
  return TRUE;
}

const HoCheck ho_check_cpu_pinning = {
  .id = "cpu-pinning",
  .family = HO_FAMILY_CPU,
  .title = N_ ("Does each of the guest's processors have its place?"),
  .verdicts = HO_CAN_OK | HO_CAN_ADVICE | HO_CAN_WARNING | HO_CAN_ERROR | HO_CAN_UNKNOWN,
  .why = N_ ("A vCPU that wanders loses its caches and stutters. The host may still use these CPUs "
             "too."),
  .source = SOURCE,
  .run = run_pinning,
  .fix = fix_pinning,
  .touches = "/domain/cputune/vcpupin | /domain/cputune[not(*[not(self::vcpupin)])]",
};

static void
run_overlap (const HoDoctorContext *context, HoFinding *finding)
{
  g_autoptr (HoGuestPins) pins = ho_guest_pins_new (context->definition);

  if (pins == NULL || pins->n_pinned == 0)
    return;
  for (guint i = 0; i < pins->n; i++)
    {
      for (guint j = 0; j < i; j++)
        {
          if (!pins->pinned[i] || !pins->pinned[j]
              || !ho_cpu_set_meets (&pins->places[i], &pins->places[j]))
            continue;
          if (ho_cpu_set_count (&pins->places[i]) == 1)
            ho_finding_say (finding, HO_VERDICT_WARNING, _ ("vCPU %u and vCPU %u share CPU %d"), j,
                            i, ho_cpu_set_first (&pins->places[i]));
          else
            ho_finding_say (finding, HO_VERDICT_ADVICE,
                            _ ("vCPU %u and vCPU %u may run on the same CPU"), j, i);
          ho_finding_advise (finding, _ ("Give each <vcpupin> a CPU of its own."));
          return;
        }
    }
  ho_finding_say (finding, HO_VERDICT_OK, _ ("no two vCPUs share a CPU"));
}

const HoCheck ho_check_cpu_overlap = {
  .id = "cpu-pinning-overlap",
  .family = HO_FAMILY_CPU,
  .title = N_ ("Do the guest's processors keep out of each other's way?"),
  .verdicts = HO_CAN_OK | HO_CAN_ADVICE | HO_CAN_WARNING,
  .why
  = N_ ("Two vCPUs on one CPU wait for each other, also while the one that waits holds a lock."),
  .source = SOURCE,
  .run = run_overlap,
};

/* Whether vCPUs that the guest takes for one core are one core, and no others are. */
static gboolean
siblings_match (const HoDoctorContext *context, const HoGuestPins *pins, guint threads,
                guint *first, guint *second, gboolean *known)
{
  *known = TRUE;
  for (guint i = 0; i < pins->n; i++)
    {
      HoCpuSet siblings;

      if (!ho_host_siblings (context->host, (guint) ho_cpu_set_first (&pins->places[i]), &siblings))
        {
          *known = FALSE;
          return FALSE;
        }
      for (guint j = 0; j < i; j++)
        {
          gboolean one_core = ho_cpu_set_meets (&siblings, &pins->places[j]);

          if (one_core != (i / threads == j / threads))
            {
              *first = j;
              *second = i;
              return FALSE;
            }
        }
    }
  return TRUE;
}

static void
run_siblings (const HoDoctorContext *context, HoFinding *finding)
{
  g_autoptr (HoGuestPins) pins = ho_guest_pins_new (context->definition);
  guint threads = ho_guest_threads_per_core (context->definition);
  guint first = 0, second = 0;
  gboolean known;

  if (pins == NULL || !ho_guest_pins_are_single (pins) || !context->local)
    return;
  if (siblings_match (context, pins, threads, &first, &second, &known))
    ho_finding_say (finding, HO_VERDICT_OK, _ ("threads=%u, as the CPUs are"), threads);
  else if (!known)
    ho_finding_say (finding, HO_VERDICT_UNKNOWN,
                    _ ("the kernel does not tell which CPUs are threads of one core"));
  else
    {
      if (first / threads == second / threads)
        ho_finding_say (finding, HO_VERDICT_WARNING,
                        _ ("vCPU %u and vCPU %u are one core for the guest, but run on two"), first,
                        second);
      else
        ho_finding_say (finding, HO_VERDICT_WARNING,
                        _ ("vCPU %u and vCPU %u are two cores for the guest, but run on one"),
                        first, second);
      ho_finding_advise (
          finding, "lscpu --extended=CPU,CORE   # %s",
          _ ("pin neighbours to the CPUs of one core and set threads in <topology>"));
    }
}

const HoCheck ho_check_cpu_siblings = {
  .id = "cpu-siblings",
  .family = HO_FAMILY_CPU,
  .title = N_ ("Are the guest's threads of one core the host's?"),
  .verdicts = HO_CAN_OK | HO_CAN_WARNING | HO_CAN_UNKNOWN,
  .why
  = N_ ("The guest spreads its work over cores first. If it is wrong about them, one core does "
        "two things while another idles."),
  .source = SOURCE,
  .run = run_siblings,
};

/* The emulator and the iothreads. */

static guint
get_iothreads (xmlDoc *doc)
{
  g_autofree char *text = ho_xml_text (doc, "/domain/iothreads");
  guint64 number;

  return ho_xml_number (text, &number) && number <= 64 ? (guint) number : 0;
}

static gboolean
helpers_meet (const HoDoctorContext *context, const HoGuestPins *pins)
{
  g_autoptr (GPtrArray) nodes = ho_xml_all (
      context->definition, "/domain/cputune/emulatorpin | /domain/cputune/iothreadpin");

  for (guint i = 0; i < nodes->len; i++)
    {
      g_autofree char *text = ho_xml_get_attribute (nodes->pdata[i], "cpuset");
      HoCpuSet places;

      if (ho_cpu_set_parse (&places, text) && ho_cpu_set_meets (&places, &pins->all))
        return TRUE;
    }
  return FALSE;
}

static void
run_emulator (const HoDoctorContext *context, HoFinding *finding)
{
  g_autoptr (HoGuestPins) pins = ho_guest_pins_new (context->definition);
  HoCpuSet rest = context->host->online;
  g_autofree char *list = NULL;

  if (pins == NULL || !ho_guest_pins_are_complete (pins) || !context->local
      || ho_cpu_set_count (&rest) == 0)
    return;
  ho_cpu_set_remove_all (&rest, &pins->all);
  list = ho_cpu_set_to_string (&rest);
  if (ho_cpu_set_count (&rest) == 0)
    {
      ho_finding_say (finding, HO_VERDICT_WARNING, _ ("the guest's vCPUs leave no CPU over"));
      ho_finding_advise (finding,
                         _ ("Give the guest fewer vCPUs: the emulator and the host need at "
                            "least one core."));
    }
  else if (helpers_meet (context, pins))
    {
      ho_finding_say (finding, HO_VERDICT_WARNING,
                      _ ("the emulator or an iothread may run on a vCPU's CPU"));
      ho_finding_offer (finding, _ ("Set <emulatorpin> and <iothreadpin> to CPUs %s."), list);
    }
  else if (!ho_xml_has (context->definition, "/domain/cputune/emulatorpin")
           || ho_xml_count (context->definition, "/domain/cputune/iothreadpin")
                  < get_iothreads (context->definition))
    {
      ho_finding_say (finding, HO_VERDICT_ADVICE, _ ("the emulator or an iothread is not pinned"));
      ho_finding_offer (finding, _ ("Set <emulatorpin> and <iothreadpin> to CPUs %s."), list);
    }
  else
    ho_finding_say (finding, HO_VERDICT_OK, _ ("emulator and iothreads keep off the vCPUs' CPUs"));
}

static gboolean
fix_emulator (xmlDoc *doc, gpointer data, GError **error)
{
  const HoDoctorContext *context = data;
  g_autoptr (HoGuestPins) pins = ho_guest_pins_new (doc);
  xmlNode *tune = ho_xml_first (doc, "/domain/cputune");
  HoCpuSet rest = context->host->online;
  g_autofree char *list = NULL;
  xmlNode *emulator;

  if (pins == NULL || tune == NULL)
    return TRUE;
  ho_cpu_set_remove_all (&rest, &pins->all);
  list = ho_cpu_set_to_string (&rest);
  emulator = ho_xml_find_child (tune, "emulatorpin");
  if (emulator == NULL)
    emulator = ho_xml_add_child (tune, "emulatorpin", NULL);
  ho_xml_set_attribute (emulator, "cpuset", list);
  for (guint i = 1; i <= get_iothreads (doc); i++)
    {
      g_autofree char *id = g_strdup_printf ("%u", i);
      g_autofree char *path = g_strdup_printf ("/domain/cputune/iothreadpin[@iothread='%u']", i);
      xmlNode *pin = ho_xml_first (doc, path);

      if (pin == NULL)
        pin = ho_xml_add_child (tune, "iothreadpin", "iothread", id, NULL);
      ho_xml_set_attribute (pin, "cpuset", list);
    }
  return TRUE;
}

const HoCheck ho_check_cpu_emulator = {
  .id = "cpu-emulator-pin",
  .family = HO_FAMILY_CPU,
  .title = N_ ("Do emulator and disk threads keep off the guest's processors?"),
  .verdicts = HO_CAN_OK | HO_CAN_ADVICE | HO_CAN_WARNING,
  .why = N_ ("While the emulator works on a vCPU's CPU the guest stands still there."),
  .source = SOURCE,
  .run = run_emulator,
  .fix = fix_emulator,
  .touches = "/domain/cputune/emulatorpin | /domain/cputune/iothreadpin",
};
