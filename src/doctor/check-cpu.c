/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-doctor"

#include "checks.h"

#include "guest-pins.h"

#include <inttypes.h>
#include <string.h>

#include <glib/gi18n.h>

#define SOURCE "https://libvirt.org/formatdomain.html#cpu-model-and-topology"

/* What a guest without a CPU model gets: libvirt writes QEMU's default into its XML.
 * https://www.qemu.org/docs/master/system/i386/cpu.html */
static gboolean
is_default_model (const char *model)
{
  static const char *const defaults[] = { "qemu64", "qemu32", "kvm64", "kvm32", NULL };

  return model != NULL && g_strv_contains (defaults, model);
}

static void
run_model (const HoDoctorContext *context, HoFinding *finding)
{
  g_autofree char *model = ho_xml_text (context->definition, "/domain/cpu/model");
  g_autofree char *mode = ho_xml_text (context->definition, "/domain/cpu/@mode");
  g_autofree char *type = ho_xml_text (context->definition, "/domain/@type");

  if (context->definition == NULL || !ho_doctor_context_has_card (context))
    return;
  if (g_strcmp0 (mode, "host-passthrough") == 0 || g_strcmp0 (mode, "maximum") == 0)
    {
      ho_finding_say (finding, HO_VERDICT_OK, "<cpu mode='%s'>", mode);
      return;
    }
  if (mode == NULL && model == NULL)
    ho_finding_say (finding, HO_VERDICT_WARNING, _ ("no CPU model, so QEMU's oldest is used"));
  else if (is_default_model (model))
    ho_finding_say (finding, HO_VERDICT_WARNING, "<model>%s</model>", model);
  else
    ho_finding_say (finding, HO_VERDICT_ADVICE, "<cpu mode='%s'>", mode != NULL ? mode : "custom");
  if (g_strcmp0 (type, "kvm") == 0)
    ho_finding_offer (finding, _ ("Change the guest's XML to <cpu mode='host-passthrough'>."));
  else
    ho_finding_advise (finding, _ ("Let the guest use KVM first."));
}

static gboolean
fix_model (xmlDoc *doc, gpointer data, GError **error)
{
  static const char *const attributes[] = { "match", "check", "migratable" };
  xmlNode *root = xmlDocGetRootElement (doc);
  xmlNode *cpu = ho_xml_find_child (root, "cpu");
  g_autoptr (GPtrArray) models = ho_xml_all (doc, "/domain/cpu/model | /domain/cpu/vendor");

  if (cpu == NULL)
    cpu = ho_xml_add_child (root, "cpu", NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (attributes); i++)
    ho_xml_set_attribute (cpu, attributes[i], NULL);
  ho_xml_set_attribute (cpu, "mode", "host-passthrough");
  for (guint i = 0; i < models->len; i++)
    ho_xml_remove (models->pdata[i]);
  return TRUE;
}

const HoCheck ho_check_cpu_model = {
  .id = "cpu-model",
  .family = HO_FAMILY_CPU,
  .title = N_ ("Does the guest see the processor that there is?"),
  .verdicts = HO_CAN_OK | HO_CAN_ADVICE | HO_CAN_WARNING,
  .why = N_ ("With host-passthrough programs find every instruction and cache of the real "
             "processor; some games refuse to run on others."),
  .source = SOURCE,
  .run = run_model,
  .fix = fix_model,
  .touches = "/domain/cpu/@* | /domain/cpu/model | /domain/cpu/vendor | "
             "/domain/cpu[not(*[not(self::model or self::vendor)])]",
};

static guint64
get_product (xmlNode *topology)
{
  static const char *const parts[] = { "sockets", "dies", "clusters", "cores", "threads" };
  guint64 product = 1;

  for (gsize i = 0; i < G_N_ELEMENTS (parts); i++)
    {
      g_autofree char *text = ho_xml_get_attribute (topology, parts[i]);
      guint64 number;

      if (text == NULL)
        continue;
      if (!ho_xml_number (text, &number) || number == 0 || number > HO_CPU_SET_MAX)
        return 0;
      product *= number;
    }
  return product;
}

/* Two, if the guest's processors are pinned to pairs of threads. */
static guint
get_threads (const HoDoctorContext *context, xmlDoc *doc, guint vcpus)
{
  g_autoptr (HoGuestPins) pins = ho_guest_pins_new (doc);

  if (pins == NULL || vcpus % 2 != 0 || !ho_guest_pins_are_single (pins))
    return 1;
  for (guint i = 0; i < vcpus; i += 2)
    {
      HoCpuSet siblings;

      if (!ho_host_siblings (context->host, (guint) ho_cpu_set_first (&pins->places[i]), &siblings)
          || !ho_cpu_set_meets (&siblings, &pins->places[i + 1]))
        return 1;
    }
  return 2;
}

static void
run_topology (const HoDoctorContext *context, HoFinding *finding)
{
  xmlNode *topology = ho_xml_first (context->definition, "/domain/cpu/topology");
  guint vcpus = ho_guest_count_vcpus (context->definition);
  guint64 product = get_product (topology);

  if (vcpus == 0 || !ho_doctor_context_has_card (context))
    return;
  if (topology == NULL && vcpus == 1)
    ho_finding_say (finding, HO_VERDICT_OK, _ ("one vCPU needs none"));
  else if (topology == NULL)
    {
      guint threads = get_threads (context, context->definition, vcpus);

      ho_finding_say (finding, HO_VERDICT_ADVICE,
                      _ ("no <topology>, so each of %u vCPUs is a socket"), vcpus);
      ho_finding_offer (finding,
                        _ ("Add <topology sockets='1' dies='1' cores='%u' threads='%u'/>."),
                        vcpus / threads, threads);
    }
  else if (product != vcpus)
    {
      ho_finding_say (finding, HO_VERDICT_ERROR,
                      _ ("<topology> makes %" PRIu64 " processors, <vcpu> says %u"), product,
                      vcpus);
      ho_finding_advise (finding, _ ("Correct one of them in the guest's XML."));
    }
  else
    ho_finding_say (finding, HO_VERDICT_OK, _ ("<topology> makes %u processors"), vcpus);
}

static gboolean
fix_topology (xmlDoc *doc, gpointer data, GError **error)
{
  const HoDoctorContext *context = data;
  guint vcpus = ho_guest_count_vcpus (doc);
  guint threads = get_threads (context, doc, vcpus);
  xmlNode *root = xmlDocGetRootElement (doc);
  xmlNode *cpu = ho_xml_find_child (root, "cpu");
  g_autofree char *cores_text = g_strdup_printf ("%u", vcpus / threads);
  g_autofree char *threads_text = g_strdup_printf ("%u", threads);

  if (vcpus == 0 || ho_xml_find_child (cpu, "topology") != NULL)
    return TRUE;
  if (cpu == NULL)
    cpu = ho_xml_add_child (root, "cpu", NULL);
  ho_xml_add_child (cpu, "topology", "sockets", "1", "dies", "1", "cores", cores_text, "threads",
                    threads_text, NULL);
  return TRUE;
}

const HoCheck ho_check_cpu_topology = {
  .id = "cpu-topology",
  .family = HO_FAMILY_CPU,
  .title = N_ ("Does the guest know its sockets, cores and threads?"),
  .verdicts = HO_CAN_OK | HO_CAN_ADVICE | HO_CAN_ERROR,
  .why = N_ ("Windows for desktops uses no more than two sockets, and leaves the rest of the vCPUs "
             "idle."),
  .source = SOURCE,
  .run = run_topology,
  .fix = fix_topology,
  .touches = "/domain/cpu/topology | /domain/cpu[not(*[not(self::topology)])]",
};

static void
run_count (const HoDoctorContext *context, HoFinding *finding)
{
  guint vcpus = ho_guest_count_vcpus (context->definition);
  guint cpus = ho_cpu_set_count (&context->host->online);

  if (vcpus == 0 || !context->local)
    return;
  if (cpus == 0)
    ho_finding_say (finding, HO_VERDICT_UNKNOWN, _ ("the host's CPUs cannot be seen"));
  else if (vcpus > cpus)
    {
      ho_finding_say (finding, HO_VERDICT_WARNING, _ ("%u vCPUs on %u CPUs"), vcpus, cpus);
      ho_finding_advise (finding, _ ("Lower <vcpu> in the guest's XML."));
    }
  else if (vcpus == cpus && cpus > 1)
    {
      ho_finding_say (finding, HO_VERDICT_ADVICE, _ ("%u vCPUs on %u CPUs"), vcpus, cpus);
      ho_finding_advise (finding,
                         _ ("Leave the host a core: it serves the guest's disk and network "
                            "too."));
    }
  else
    ho_finding_say (finding, HO_VERDICT_OK, _ ("%u vCPUs on %u CPUs"), vcpus, cpus);
}

const HoCheck ho_check_cpu_count = {
  .id = "cpu-count",
  .family = HO_FAMILY_CPU,
  .title = N_ ("Is a processor left for the host?"),
  .verdicts = HO_CAN_OK | HO_CAN_ADVICE | HO_CAN_WARNING | HO_CAN_UNKNOWN,
  .why = N_ ("vCPUs beyond the CPUs that there are only wait for each other."),
  .source = SOURCE,
  .run = run_count,
};

static void
run_isolation (const HoDoctorContext *context, HoFinding *finding)
{
  g_autofree char *text = ho_host_read (context->host, "/sys/devices/system/cpu/isolated");
  g_autoptr (HoGuestPins) pins = ho_guest_pins_new (context->definition);
  g_autofree char *unused_list = NULL;
  HoCpuSet isolated, unused;

  if (!context->local)
    return;
  if (!ho_cpu_set_parse (&isolated, text))
    {
      ho_finding_say (finding, HO_VERDICT_UNKNOWN,
                      _ ("/sys/devices/system/cpu/isolated cannot be read"));
      return;
    }
  if (ho_cpu_set_count (&isolated) == 0)
    {
      ho_finding_say (finding, HO_VERDICT_OK, _ ("no CPU is kept from the host"));
      return;
    }
  if (pins == NULL)
    {
      ho_finding_say (finding, HO_VERDICT_UNKNOWN, _ ("isolcpus=%s; no guest was named"), text);
      return;
    }
  unused = isolated;
  ho_cpu_set_remove_all (&unused, &pins->all);
  unused_list = ho_cpu_set_to_string (&unused);
  if (*unused_list == '\0')
    {
      ho_finding_say (finding, HO_VERDICT_OK, _ ("isolcpus=%s, all used by the guest"), text);
      return;
    }
  ho_finding_say (finding, HO_VERDICT_WARNING, _ ("isolcpus=%s, but the guest is not pinned to %s"),
                  text, unused_list);
  ho_finding_advise (finding, _ ("Pin vCPUs to these CPUs, or remove isolcpus from the kernel's "
                                 "command line: nobody uses them now."));
}

const HoCheck ho_check_cpu_isolation = {
  .id = "cpu-isolation",
  .family = HO_FAMILY_CPU,
  .title = N_ ("Is every isolated processor used?"),
  .verdicts = HO_CAN_OK | HO_CAN_WARNING | HO_CAN_UNKNOWN,
  .why = N_ ("The kernel puts nothing on isolated CPUs by itself, not even a guest."),
  .source = "https://docs.kernel.org/admin-guide/kernel-parameters.html",
  .run = run_isolation,
};

static void
run_governor (const HoDoctorContext *context, HoFinding *finding)
{
  const char *dir = "/sys/devices/system/cpu";
  int first = ho_cpu_set_first (&context->host->online);
  g_autofree char *driver = NULL;
  g_autofree char *governor = NULL;

  if (!context->local || first < 0)
    return;
  driver = ho_host_read (context->host, "%s/cpu%d/cpufreq/scaling_driver", dir, first);
  governor = ho_host_read (context->host, "%s/cpu%d/cpufreq/scaling_governor", dir, first);
  if (driver == NULL || governor == NULL)
    ho_finding_say (finding, HO_VERDICT_UNKNOWN, _ ("the kernel does not control the frequency"));
  else if (g_str_equal (governor, "conservative")
           /* These two drivers call their adaptive governor powersave. */
           || (g_str_equal (governor, "powersave") && !g_str_equal (driver, "intel_pstate")
               && !g_str_has_prefix (driver, "amd-pstate")))
    {
      ho_finding_say (finding, HO_VERDICT_ADVICE, "%s (%s)", governor, driver);
      ho_finding_advise (finding, "echo performance | sudo tee "
                                  "/sys/devices/system/cpu/cpu*/cpufreq/scaling_governor");
    }
  else
    ho_finding_say (finding, HO_VERDICT_OK, "%s (%s)", governor, driver);
}

const HoCheck ho_check_cpu_governor = {
  .id = "cpu-governor",
  .family = HO_FAMILY_CPU,
  .title = N_ ("Do the processors run as fast as they can?"),
  .verdicts = HO_CAN_OK | HO_CAN_ADVICE | HO_CAN_UNKNOWN,
  .why = N_ ("A governor that saves power does not see how busy a guest is, and keeps it slow."),
  .source = "https://docs.kernel.org/admin-guide/pm/cpufreq.html",
  .run = run_governor,
};

static void
run_hybrid (const HoDoctorContext *context, HoFinding *finding)
{
  g_autofree char *fast_text = ho_host_read (context->host, "/sys/devices/cpu_core/cpus");
  g_autofree char *slow_text = ho_host_read (context->host, "/sys/devices/cpu_atom/cpus");
  g_autoptr (HoGuestPins) pins = ho_guest_pins_new (context->definition);
  HoCpuSet fast, slow;

  if (!context->local || pins == NULL || !ho_cpu_set_parse (&fast, fast_text)
      || !ho_cpu_set_parse (&slow, slow_text))
    return;
  if (!ho_guest_pins_are_complete (pins))
    {
      ho_finding_say (finding, HO_VERDICT_ADVICE,
                      _ ("fast cores %s, slow cores %s; the guest is not pinned"), fast_text,
                      slow_text);
      ho_finding_advise (finding, _ ("Pin the guest to cores of one kind."));
    }
  else if (ho_cpu_set_meets (&pins->all, &fast) && ho_cpu_set_meets (&pins->all, &slow))
    {
      ho_finding_say (finding, HO_VERDICT_WARNING,
                      _ ("the guest is pinned to fast (%s) and slow cores (%s)"), fast_text,
                      slow_text);
      ho_finding_advise (finding, _ ("Pin the guest to cores of one kind."));
    }
  else
    ho_finding_say (finding, HO_VERDICT_OK, _ ("the guest uses cores of one kind"));
}

const HoCheck ho_check_cpu_hybrid = {
  .id = "cpu-hybrid",
  .family = HO_FAMILY_CPU,
  .title = N_ ("Does the guest stay on cores of one kind?"),
  .verdicts = HO_CAN_OK | HO_CAN_ADVICE | HO_CAN_WARNING,
  .why = N_ ("The guest does not know which of its processors are slow ones, and waits for them."),
  .source = "https://libvirt.org/formatdomain.html#cpu-tuning",
  .run = run_hybrid,
};

static int
get_card_node (const HoDoctorContext *context)
{
  for (guint i = 0; i < context->host->pci->len; i++)
    {
      const HoHostPci *pci = context->host->pci->pdata[i];

      if (ho_doctor_context_passes (context, pci->address))
        return pci->node;
    }
  return -1;
}

static void
run_numa (const HoDoctorContext *context, HoFinding *finding)
{
  g_autoptr (HoGuestPins) pins = ho_guest_pins_new (context->definition);
  int node = get_card_node (context);
  g_autofree char *list = NULL;
  HoCpuSet near;

  if (!context->local || pins == NULL || !ho_doctor_context_has_card (context)
      || !ho_host_exists (context->host, "/sys/devices/system/node/node1"))
    return;
  list = node >= 0 ? ho_host_read (context->host, "/sys/devices/system/node/node%d/cpulist", node)
                   : NULL;
  if (!ho_cpu_set_parse (&near, list))
    ho_finding_say (finding, HO_VERDICT_UNKNOWN, _ ("the card does not tell which node it is on"));
  else if (!ho_guest_pins_are_complete (pins))
    {
      ho_finding_say (finding, HO_VERDICT_ADVICE,
                      _ ("the card is on node %d (CPUs %s), the guest is not pinned"), node, list);
      ho_finding_advise (finding, _ ("Pin the guest to CPUs of that node."));
    }
  else if (!ho_cpu_set_is_within (&pins->all, &near))
    {
      ho_finding_say (finding, HO_VERDICT_WARNING,
                      _ ("the card is on node %d (CPUs %s), the guest runs elsewhere too"), node,
                      list);
      ho_finding_advise (finding, _ ("Pin the guest to CPUs of that node."));
    }
  else if (!ho_xml_has (context->definition, "/domain/numatune/memory"))
    {
      ho_finding_say (finding, HO_VERDICT_ADVICE,
                      _ ("card and CPUs are on node %d, the memory may come from another"), node);
      ho_finding_advise (finding, "<numatune><memory mode='strict' nodeset='%d'/></numatune>",
                         node);
    }
  else
    ho_finding_say (finding, HO_VERDICT_OK, _ ("card and CPUs are on node %d"), node);
}

const HoCheck ho_check_cpu_numa = {
  .id = "cpu-numa",
  .family = HO_FAMILY_CPU,
  .title = N_ ("Are card, processors and memory near each other?"),
  .verdicts = HO_CAN_OK | HO_CAN_ADVICE | HO_CAN_WARNING | HO_CAN_UNKNOWN,
  .why = N_ ("On boards with several nodes each transfer to another node takes longer."),
  .source = "https://libvirt.org/formatdomain.html#numa-node-tuning",
  .run = run_numa,
};

static void
run_cgroup (const HoDoctorContext *context, HoFinding *finding)
{
  if (!context->local)
    return;
  if (ho_host_exists (context->host, "/sys/fs/cgroup/cgroup.controllers"))
    ho_finding_say (finding, HO_VERDICT_OK, _ ("version 2"));
  else if (ho_host_exists (context->host, "/sys/fs/cgroup/cpuset")
           || ho_host_exists (context->host, "/sys/fs/cgroup/unified"))
    {
      ho_finding_say (finding, HO_VERDICT_ADVICE, _ ("version 1"));
      ho_finding_advise (finding, "sudo grubby --update-kernel=ALL --args="
                                  "'systemd.unified_cgroup_hierarchy=1'");
    }
  else
    ho_finding_say (finding, HO_VERDICT_UNKNOWN, _ ("/sys/fs/cgroup tells nothing"));
}

const HoCheck ho_check_cgroup = {
  .id = "cgroup-version",
  .family = HO_FAMILY_CPU,
  .title = N_ ("Can processors be kept for the guest while it runs?"),
  .verdicts = HO_CAN_OK | HO_CAN_ADVICE | HO_CAN_UNKNOWN,
  .why
  = N_ ("systemd can move everything else off the guest's CPUs and back (AllowedCPUs), but only "
        "with control groups of version 2."),
  .source = "https://www.freedesktop.org/software/systemd/man/systemd.resource-control.html",
  .run = run_cgroup,
};
