/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-doctor"

#include "guest-pins.h"

/* More than any desktop has; what asks for more is not looked at. */
#define MAX_VCPUS 1024

/* The number of the guest's processors, 0 if the XML does not tell. */
guint
ho_guest_count_vcpus (xmlDoc *doc)
{
  g_autofree char *text = ho_xml_text (doc, "/domain/vcpu");
  guint64 number;

  return ho_xml_number (text, &number) && number <= HO_CPU_SET_MAX ? (guint) number : 0;
}

/**
 * ho_guest_pins_new:
 * @doc: (nullable): the XML of a guest
 *
 * Returns: (transfer full) (nullable): the guest's pins; %NULL if there is no guest or the number
 *   of its processors makes no sense
 */
HoGuestPins *
ho_guest_pins_new (xmlDoc *doc)
{
  g_autoptr (GPtrArray) nodes = NULL;
  guint n = ho_guest_count_vcpus (doc);
  HoGuestPins *self;

  if (n == 0 || n > MAX_VCPUS)
    return NULL;
  self = g_new0 (HoGuestPins, 1);
  self->n = n;
  self->pinned = g_new0 (gboolean, n);
  self->places = g_new0 (HoCpuSet, n);
  nodes = ho_xml_all (doc, "/domain/cputune/vcpupin");
  for (guint i = 0; i < nodes->len; i++)
    {
      g_autofree char *vcpu = ho_xml_get_attribute (nodes->pdata[i], "vcpu");
      g_autofree char *places = ho_xml_get_attribute (nodes->pdata[i], "cpuset");
      guint64 number;

      if (!ho_xml_number (vcpu, &number) || number >= n || self->pinned[number]
          || !ho_cpu_set_parse (&self->places[number], places))
        continue;
      self->pinned[number] = TRUE;
      self->n_pinned++;
      ho_cpu_set_add_all (&self->all, &self->places[number]);
    }
  return self;
}

void
ho_guest_pins_free (HoGuestPins *self)
{
  g_free (self->pinned);
  g_free (self->places);
  g_free (self);
}

gboolean
ho_guest_pins_are_complete (const HoGuestPins *self)
{
  return self->n_pinned == self->n;
}

/* Whether each of the guest's processors has exactly one of the host's. */
gboolean
ho_guest_pins_are_single (const HoGuestPins *self)
{
  if (!ho_guest_pins_are_complete (self))
    return FALSE;
  for (guint i = 0; i < self->n; i++)
    {
      if (ho_cpu_set_count (&self->places[i]) != 1)
        return FALSE;
    }
  return TRUE;
}

/**
 * ho_guest_threads_per_core:
 * @doc: (nullable): the XML of a guest
 *
 * Returns: how many of its processors the guest takes for threads of one core
 */
guint
ho_guest_threads_per_core (xmlDoc *doc)
{
  g_autofree char *text = ho_xml_text (doc, "/domain/cpu/topology/@threads");
  guint64 number;

  return ho_xml_number (text, &number) && number > 0 && number <= 64 ? (guint) number : 1;
}

/* The processors that are best for the guest: near the card, and the fast ones of a hybrid. */
static void
choose_candidates (const HoDoctorContext *context, guint n, HoCpuSet *candidates)
{
  g_autofree char *fast = ho_host_read (context->host, "/sys/devices/cpu_core/cpus");
  int node = -1;
  g_autofree char *near = NULL;
  HoCpuSet set;

  *candidates = context->host->online;
  for (guint i = 0; i < context->host->pci->len && node < 0; i++)
    {
      const HoHostPci *pci = context->host->pci->pdata[i];

      if (ho_doctor_context_passes (context, pci->address))
        node = pci->node;
    }
  near = node >= 0 ? ho_host_read (context->host, "/sys/devices/system/node/node%d/cpulist", node)
                   : NULL;
  if (ho_cpu_set_parse (&set, near) && ho_cpu_set_count (&set) > n)
    *candidates = set;
  if (ho_cpu_set_parse (&set, fast) && ho_cpu_set_count (&set) > n
      && ho_cpu_set_is_within (&set, candidates))
    *candidates = set;
}

/**
 * ho_guest_pins_propose:
 * @context: host and guest
 * @n: number of the guest's processors
 *
 * Chooses whole cores, the last ones first, so that the first core, which serves most interrupts,
 * is left to the host.
 *
 * Returns: (transfer full) (nullable): a place for each of the guest's processors, neighbours on
 *   one core; %NULL if the host's cores are not known or would not leave it any
 */
HoCpuSet *
ho_guest_pins_propose (const HoDoctorContext *context, guint n)
{
  g_autofree guint *order = g_new0 (guint, n + 1);
  g_autofree HoCpuSet *places = g_new0 (HoCpuSet, n + 1);
  HoCpuSet candidates;
  guint taken = 0;
  guint end;

  choose_candidates (context, n, &candidates);
  /* Cores from the last to the first; within @order the last core comes last again. */
  end = n;
  for (guint cpu = HO_CPU_SET_MAX; cpu-- > 1 && end > 0;)
    {
      HoCpuSet siblings;
      guint n_siblings, take;

      if (!ho_cpu_set_has (&candidates, cpu))
        continue;
      if (!ho_host_siblings (context->host, cpu, &siblings))
        return NULL;
      if (ho_cpu_set_has (&siblings, 0) || ho_cpu_set_first (&siblings) != (int) cpu)
        continue;
      n_siblings = ho_cpu_set_count (&siblings);
      take = MIN (n_siblings, end);
      end -= take;
      taken += take;
      for (guint sibling = cpu, at = end; at < end + take && sibling < HO_CPU_SET_MAX; sibling++)
        {
          if (ho_cpu_set_has (&siblings, sibling))
            order[at++] = sibling;
        }
    }
  if (taken < n || n == 0)
    return NULL;
  for (guint i = 0; i < n; i++)
    ho_cpu_set_add (&places[i], order[i]);
  return g_steal_pointer (&places);
}
