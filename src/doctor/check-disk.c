/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-doctor"

#include "checks.h"

#include <sched.h>
#include <string.h>

#include <glib/gi18n.h>

#define DISKS "/domain/devices/disk[@device='disk' or not(@device)]"
#define SCSI "/domain/devices/controller[@type='scsi' and @model='virtio-scsi']"
#define IOTHREADS_SOURCE "https://libvirt.org/formatdomain.html#iothreads-allocation"
#define DISK_SOURCE "https://libvirt.org/formatdomain.html#hard-drives-floppy-disks-cdroms"

/* A list of the `dev` of disks for people. */
static char *
list_targets (GPtrArray *disks)
{
  g_autoptr (GString) names = g_string_new (NULL);

  for (guint i = 0; i < disks->len; i++)
    {
      g_autofree char *name
          = ho_xml_get_attribute (ho_xml_find_child (disks->pdata[i], "target"), "dev");

      g_string_append_printf (names, "%s%s", i > 0 ? ", " : "", name != NULL ? name : "?");
    }
  return g_string_free (g_steal_pointer (&names), FALSE);
}

static void
run_bus (const HoDoctorContext *context, HoFinding *finding)
{
  g_autoptr (GPtrArray) slow
      = ho_xml_all (context->definition, DISKS "[target[@bus='ide' or @bus='sata' or @bus='usb']]");
  g_autofree char *names = list_targets (slow);

  if (!ho_xml_has (context->definition, DISKS))
    return;
  if (slow->len == 0)
    {
      ho_finding_say (finding, HO_VERDICT_OK, _ ("no emulated IDE, SATA or USB disks"));
      return;
    }
  ho_finding_say (finding, HO_VERDICT_ADVICE, _ ("emulated: %s"), names);
  ho_finding_advise (finding,
                     _ ("Install the virtio driver in the guest first, for Windows from "
                        "https://fedorapeople.org/groups/virt/virtio-win/, then set bus='virtio' "
                        "or bus='scsi' on the <target>."));
}

const HoCheck ho_check_disk_bus = {
  .id = "disk-bus",
  .family = HO_FAMILY_DISK,
  .title = N_ ("Are disks on virtio?"),
  .verdicts = HO_CAN_OK | HO_CAN_ADVICE,
  .why = N_ ("Each access to an emulated disk controller stops the guest; virtio works without."),
  .source = DISK_SOURCE,
  .run = run_bus,
};

static void
run_cache (const HoDoctorContext *context, HoFinding *finding)
{
  g_autoptr (GPtrArray) unsafe = ho_xml_all (context->definition, DISKS "[driver/@cache='unsafe']");
  g_autoptr (GPtrArray) cached
      = ho_xml_all (context->definition, DISKS "[@type='block' and not(driver[@cache='none' or "
                                               "@cache='directsync'])]");
  g_autofree char *unsafe_names = list_targets (unsafe);
  g_autofree char *cached_names = list_targets (cached);

  if (!ho_xml_has (context->definition, DISKS))
    return;
  if (unsafe->len > 0)
    {
      ho_finding_say (finding, HO_VERDICT_WARNING, _ ("cache='unsafe': %s"), unsafe_names);
      ho_finding_offer (finding, _ ("Remove cache='unsafe' from the <driver> of these disks, which "
                                    "makes it QEMU's usual one, and set cache='none' for block "
                                    "devices."));
    }
  else if (cached->len > 0)
    {
      ho_finding_say (finding, HO_VERDICT_ADVICE,
                      _ ("cached by the host although they are block "
                         "devices: %s"),
                      cached_names);
      ho_finding_offer (finding, _ ("Set cache='none' on the <driver> of these disks."));
    }
  else
    ho_finding_say (finding, HO_VERDICT_OK, _ ("no disk is cached unsafely or twice"));
}

static gboolean
fix_cache (xmlDoc *doc, gpointer data, GError **error)
{
  g_autoptr (GPtrArray) unsafe = ho_xml_all (doc, DISKS "/driver[@cache='unsafe']");
  g_autoptr (GPtrArray) cached = NULL;

  for (guint i = 0; i < unsafe->len; i++)
    ho_xml_set_attribute (unsafe->pdata[i], "cache", NULL);
  cached = ho_xml_all (doc, DISKS "[@type='block' and not(driver[@cache='none' or "
                                  "@cache='directsync'])]");
  for (guint i = 0; i < cached->len; i++)
    {
      xmlNode *driver = ho_xml_find_child (cached->pdata[i], "driver");

      if (driver == NULL)
        driver = ho_xml_add_child (cached->pdata[i], "driver", "name", "qemu", NULL);
      ho_xml_set_attribute (driver, "cache", "none");
    }
  return TRUE;
}

const HoCheck ho_check_disk_cache = {
  .id = "disk-cache",
  .family = HO_FAMILY_DISK,
  .title = N_ ("Are writes safe, and cached only once?"),
  .verdicts = HO_CAN_OK | HO_CAN_ADVICE | HO_CAN_WARNING,
  .why = N_ ("With unsafe a crash of the host loses what the guest believes to be written. A block "
             "device cached by the host too fills its memory with copies."),
  .source = DISK_SOURCE,
  .run = run_cache,
  .fix = fix_cache,
  .touches = DISKS "/driver/@cache | " DISKS "/driver[not(@*[not(name()='cache' or "
                   "name()='name')]) and not(*)]",
};

/* iothreads: virtio disks and virtio-scsi controllers can have one. */

#define WITH_IOTHREAD                                                                              \
  DISKS "[target/@bus='virtio' and driver/@iothread] | " SCSI "[driver/@iothread]"
#define WITHOUT_IOTHREAD                                                                           \
  DISKS "[target/@bus='virtio' and not(driver/@iothread)] | " SCSI "[not(driver/@iothread)]"

static guint
get_iothreads (xmlDoc *doc)
{
  g_autofree char *text = ho_xml_text (doc, "/domain/iothreads");
  guint64 number;

  return ho_xml_number (text, &number) && number <= 64
             ? (guint) number
             : ho_xml_count (doc, "/domain/iothreadids/iothread");
}

static void
run_iothread (const HoDoctorContext *context, HoFinding *finding)
{
  guint with = ho_xml_count (context->definition, WITH_IOTHREAD);
  guint without = ho_xml_count (context->definition, WITHOUT_IOTHREAD);
  guint n = get_iothreads (context->definition);

  if (with + without == 0 || !ho_doctor_context_has_card (context))
    return;
  if (without == 0)
    ho_finding_say (finding, HO_VERDICT_OK,
                    _ ("%u iothreads, used by all %u disks and controllers"), n, with);
  else
    {
      ho_finding_say (finding, HO_VERDICT_ADVICE,
                      _ ("%u iothreads; %u of %u disks and controllers have none"), n, without,
                      with + without);
      ho_finding_offer (finding, _ ("Add <iothreads>1</iothreads> and <driver iothread='1'> to the "
                                    "virtio disks and virtio-scsi controllers that have none."));
    }
}

static gboolean
fix_iothread (xmlDoc *doc, gpointer data, GError **error)
{
  xmlNode *root = xmlDocGetRootElement (doc);
  g_autoptr (GPtrArray) nodes = ho_xml_all (doc, WITHOUT_IOTHREAD);
  g_autofree char *id = ho_xml_text (doc, "/domain/iothreadids/iothread/@id");

  if (get_iothreads (doc) == 0)
    {
      xmlNode *iothreads = ho_xml_find_child (root, "iothreads");

      if (iothreads == NULL)
        iothreads = ho_xml_add_child (root, "iothreads", NULL);
      ho_xml_set_text (iothreads, "1");
    }
  for (guint i = 0; i < nodes->len; i++)
    {
      xmlNode *driver = ho_xml_find_child (nodes->pdata[i], "driver");

      if (driver == NULL && g_str_equal (((xmlNode *) nodes->pdata[i])->name, "disk"))
        driver = ho_xml_add_child (nodes->pdata[i], "driver", "name", "qemu", NULL);
      else if (driver == NULL)
        driver = ho_xml_add_child (nodes->pdata[i], "driver", NULL);
      ho_xml_set_attribute (driver, "iothread", id != NULL ? id : "1");
    }
  return TRUE;
}

const HoCheck ho_check_iothread = {
  .id = "iothread",
  .family = HO_FAMILY_DISK,
  .title = N_ ("Do disks have a thread of their own?"),
  .verdicts = HO_CAN_OK | HO_CAN_ADVICE,
  .why = N_ ("Otherwise QEMU's main loop serves disks, USB and everything else in turn: under load "
             "the mouse stutters."),
  .source = IOTHREADS_SOURCE,
  .run = run_iothread,
  .fix = fix_iothread,
  .touches = "/domain/iothreads | " DISKS "/driver/@iothread | " SCSI "/driver/@iothread | " DISKS
             "/driver[not(@*[not(name()='iothread' or name()='name')]) and not(*)] | " SCSI
             "/driver[not(@*[not(name()='iothread')]) and not(*)]",
};

/* The process of the running guest: libvirt's QEMU has `guest=NAME,` among its arguments. */
static char *
find_qemu (const HoDoctorContext *context)
{
  g_auto (GStrv) names = ho_host_list (context->host, "/proc");
  g_autofree char *wanted = g_strdup_printf ("guest=%s,", context->guest);

  for (char **name = names; name != NULL && *name != NULL; name++)
    {
      g_autofree char *path = NULL;
      g_autofree char *args = NULL;
      gsize length = 0;

      if (!g_ascii_isdigit (**name))
        continue;
      path = ho_host_path (context->host, "/proc/%s/cmdline", *name);
      if (!g_file_get_contents (path, &args, &length, NULL))
        continue;
      for (const char *arg = args; arg < args + length; arg += strlen (arg) + 1)
        {
          if (g_str_has_prefix (arg, wanted))
            return g_strdup (*name);
        }
    }
  return NULL;
}

/* The scheduling policy of the running iothreads, see proc(5): -1 if it cannot be seen. */
static int
get_live_policy (const HoDoctorContext *context)
{
  g_autofree char *pid = find_qemu (context);
  g_auto (GStrv) tasks = pid != NULL ? ho_host_list (context->host, "/proc/%s/task", pid) : NULL;

  for (char **task = tasks; task != NULL && *task != NULL; task++)
    {
      g_autofree char *stat = ho_host_read (context->host, "/proc/%s/task/%s/stat", pid, *task);
      const char *open = stat != NULL ? strchr (stat, '(') : NULL;
      const char *close = open != NULL ? strrchr (open, ')') : NULL;
      g_auto (GStrv) fields = NULL;

      if (close == NULL || !g_str_has_prefix (open, "(IO iothread"))
        continue;
      /* Behind the name come fields 3 and on; the policy is field 41. */
      fields = g_strsplit (g_strchug ((char *) close + 1), " ", -1);
      if (g_strv_length (fields) > 41 - 3)
        return (int) g_ascii_strtoll (fields[41 - 3], NULL, 10);
    }
  return -1;
}

static void
run_scheduler (const HoDoctorContext *context, HoFinding *finding)
{
  g_autofree char *scheduler
      = ho_xml_text (context->definition, "/domain/cputune/iothreadsched/@scheduler");
  gboolean wanted = g_strcmp0 (scheduler, "fifo") == 0 || g_strcmp0 (scheduler, "rr") == 0;
  int policy;

  if (get_iothreads (context->definition) == 0)
    return;
  if (!wanted)
    {
      ho_finding_say (finding, HO_VERDICT_ADVICE, _ ("the usual scheduler"));
      ho_finding_offer (finding, _ ("Add <iothreadsched scheduler='fifo' priority='99'> for the "
                                    "iothreads to <cputune>."));
      return;
    }
  if (context->live == NULL || !context->local)
    {
      ho_finding_say (finding, HO_VERDICT_OK, _ ("%s in the guest's XML"), scheduler);
      return;
    }
  policy = get_live_policy (context);
  if (policy < 0)
    ho_finding_say (finding, HO_VERDICT_UNKNOWN,
                    _ ("%s in the guest's XML; the running thread cannot be seen"), scheduler);
  else if (policy == SCHED_FIFO || policy == SCHED_RR)
    ho_finding_say (finding, HO_VERDICT_OK, _ ("%s in the guest's XML and for the running thread"),
                    scheduler);
  else
    {
      ho_finding_say (finding, HO_VERDICT_WARNING,
                      _ ("%s in the guest's XML, but the running thread has policy %d"), scheduler,
                      policy);
      ho_finding_advise (finding, _ ("Restart the guest. If it stays so, the host's control groups "
                                     "give libvirt no real-time share: sudo sysctl "
                                     "kernel.sched_rt_runtime_us=-1"));
    }
}

static gboolean
fix_scheduler (xmlDoc *doc, gpointer data, GError **error)
{
  xmlNode *root = xmlDocGetRootElement (doc);
  xmlNode *tune = ho_xml_find_child (root, "cputune");
  g_autoptr (GPtrArray) old = ho_xml_all (doc, "/domain/cputune/iothreadsched");
  guint n = get_iothreads (doc);
  g_autofree char *list = n > 1 ? g_strdup_printf ("1-%u", n) : g_strdup ("1");

  if (tune == NULL)
    tune = ho_xml_add_child (root, "cputune", NULL);
  for (guint i = 0; i < old->len; i++)
    ho_xml_remove (old->pdata[i]);
  ho_xml_add_child (tune, "iothreadsched", "iothreads", list, "scheduler", "fifo", "priority", "99",
                    NULL);
  return TRUE;
}

const HoCheck ho_check_iothread_scheduler = {
  .id = "iothread-scheduler",
  .family = HO_FAMILY_DISK,
  .title = N_ ("Are disk threads served first?"),
  .verdicts = HO_CAN_OK | HO_CAN_ADVICE | HO_CAN_WARNING | HO_CAN_UNKNOWN,
  .why = N_ ("A thread with the scheduler FIFO answers the guest's disks at once, also while the "
             "host is busy."),
  .source = "https://libvirt.org/formatdomain.html#cpu-tuning",
  .run = run_scheduler,
  .fix = fix_scheduler,
  .touches = "/domain/cputune/iothreadsched | /domain/cputune[not(*[not(self::iothreadsched)])]",
};
