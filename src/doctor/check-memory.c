/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-doctor"

#include "checks.h"

#include <string.h>

#include <glib/gi18n.h>

#define SOURCE "https://libvirt.org/formatdomain.html#memory-backing"
#define HUGEPAGES "/domain/memoryBacking/hugepages"

/* A value of /proc/meminfo in KiB, or FALSE. */
static gboolean
get_meminfo (const HoHost *host, const char *name, guint64 *kib)
{
  g_autofree char *text = ho_host_read (host, "/proc/meminfo");
  g_auto (GStrv) lines = text != NULL ? g_strsplit (text, "\n", -1) : NULL;
  gsize length = strlen (name);

  for (char **line = lines; line != NULL && *line != NULL; line++)
    {
      if (strncmp (*line, name, length) == 0 && (*line)[length] == ':')
        {
          *kib = g_ascii_strtoull (*line + length + 1, NULL, 10);
          return TRUE;
        }
    }
  return FALSE;
}

static void
run_fits (const HoDoctorContext *context, HoFinding *finding)
{
  guint64 wanted, total, available;

  if (!ho_doctor_context_has_card (context) || !context->local)
    return;
  wanted = ho_doctor_context_get_memory_kib (context);
  if (wanted == 0 || !get_meminfo (context->host, "MemTotal", &total)
      || !get_meminfo (context->host, "MemAvailable", &available))
    {
      ho_finding_say (finding, HO_VERDICT_UNKNOWN,
                      _ ("the memory of guest or host cannot be read"));
      return;
    }
  if (wanted >= total)
    {
      ho_finding_say (finding, HO_VERDICT_ERROR, _ ("the guest wants %u MiB, the host has %u MiB"),
                      (guint) (wanted / 1024), (guint) (total / 1024));
      ho_finding_advise (finding, _ ("Lower <memory> and <currentMemory> in the guest's XML."));
    }
  else if (context->live == NULL && !ho_xml_has (context->definition, HUGEPAGES)
           && wanted > available)
    {
      ho_finding_say (finding, HO_VERDICT_WARNING,
                      _ ("the guest wants %u MiB, %u MiB are available now"),
                      (guint) (wanted / 1024), (guint) (available / 1024));
      ho_finding_advise (finding, _ ("Close programs before the start, or lower <memory> and "
                                     "<currentMemory> in the guest's XML."));
    }
  else
    ho_finding_say (finding, HO_VERDICT_OK, _ ("the guest gets %u MiB of %u MiB"),
                    (guint) (wanted / 1024), (guint) (total / 1024));
}

const HoCheck ho_check_memory_fits = {
  .id = "memory-fits",
  .family = HO_FAMILY_MEMORY,
  .title = N_ ("Is there enough memory for the guest?"),
  .verdicts = HO_CAN_OK | HO_CAN_WARNING | HO_CAN_ERROR | HO_CAN_UNKNOWN,
  .why = N_ ("A guest with a passed device gets all its memory at the start, and keeps it: the "
             "device may write to any of it."),
  .source = "https://docs.kernel.org/driver-api/vfio.html",
  .run = run_fits,
};

/* The word in brackets of a choice in sysfs: `always [madvise] never`. */
static char *
get_chosen (const char *text)
{
  const char *open = text != NULL ? strchr (text, '[') : NULL;
  const char *close = open != NULL ? strchr (open, ']') : NULL;

  return close != NULL ? g_strndup (open + 1, (gsize) (close - open - 1)) : NULL;
}

static char *
get_transparent (const HoHost *host)
{
  g_autofree char *text = ho_host_read (host, "/sys/kernel/mm/transparent_hugepage/enabled");

  return get_chosen (text);
}

static void
run_transparent (const HoDoctorContext *context, HoFinding *finding)
{
  g_autofree char *chosen = get_transparent (context->host);

  if (!context->local)
    return;
  if (chosen == NULL)
    ho_finding_say (finding, HO_VERDICT_UNKNOWN,
                    _ ("/sys/kernel/mm/transparent_hugepage/enabled cannot be read"));
  else if (g_str_equal (chosen, "never"))
    {
      ho_finding_say (finding, HO_VERDICT_ADVICE, _ ("transparent hugepages: %s"), chosen);
      ho_finding_advise (finding, "echo madvise | sudo tee "
                                  "/sys/kernel/mm/transparent_hugepage/enabled");
    }
  else
    ho_finding_say (finding, HO_VERDICT_OK, _ ("transparent hugepages: %s"), chosen);
}

const HoCheck ho_check_transparent_hugepages = {
  .id = "transparent-hugepages",
  .family = HO_FAMILY_MEMORY,
  .title = N_ ("Does the kernel join small pages to large ones?"),
  .verdicts = HO_CAN_OK | HO_CAN_ADVICE | HO_CAN_UNKNOWN,
  .why
  = N_ ("Large pages make a guest's memory quicker to reach; transparent ones need no set-up."),
  .source = "https://docs.kernel.org/admin-guide/mm/transhuge.html",
  .run = run_transparent,
};

static void
run_used (const HoDoctorContext *context, HoFinding *finding)
{
  g_autofree char *chosen = NULL;

  if (!ho_doctor_context_has_card (context))
    return;
  chosen = get_transparent (context->host);
  if (ho_xml_has (context->definition, HUGEPAGES))
    ho_finding_say (finding, HO_VERDICT_OK, "<hugepages>");
  else
    {
      ho_finding_say (finding, HO_VERDICT_ADVICE,
                      _ ("no <hugepages>; transparent hugepages of the host: %s"),
                      chosen != NULL ? chosen : "?");
      ho_finding_advise (
          finding, "sudo sysctl vm.nr_hugepages=%u   # %s",
          (guint) MIN ((ho_doctor_context_get_memory_kib (context) + 2047) / 2048, G_MAXUINT),
          _ ("then add <memoryBacking><hugepages/></memoryBacking> to the guest's XML; the pages "
             "are lost to the host"));
    }
}

const HoCheck ho_check_hugepages_used = {
  .id = "hugepages-used",
  .family = HO_FAMILY_MEMORY,
  .title = N_ ("Does the guest's memory lie in large pages?"),
  .verdicts = HO_CAN_OK | HO_CAN_ADVICE,
  .why = N_ ("A guest that plays games gains some per cent from pages of 2 MiB or 1 GiB."),
  .source = SOURCE,
  .run = run_used,
};

static guint64
get_free_pages (const HoHost *host, guint64 size)
{
  gint64 number;

  return ho_host_number (host, &number, "/sys/kernel/mm/hugepages/hugepages-%ukB/free_hugepages",
                         (guint) size)
                 && number > 0
             ? (guint64) number
             : 0;
}

static void
run_free (const HoDoctorContext *context, HoFinding *finding)
{
  guint64 size, wanted, needed, free_pages;

  if (!ho_xml_has (context->definition, HUGEPAGES) || !context->local)
    return;
  if (context->live != NULL)
    {
      ho_finding_say (finding, HO_VERDICT_OK, _ ("the guest runs, so it has got its pages"));
      return;
    }
  size = ho_xml_kib (context->definition, HUGEPAGES "/page");
  if (size == 0 && !get_meminfo (context->host, "Hugepagesize", &size))
    size = 0;
  wanted = ho_doctor_context_get_memory_kib (context);
  if (size == 0 || wanted == 0 || size > G_MAXUINT
      || !ho_host_exists (context->host, "/sys/kernel/mm/hugepages/hugepages-%ukB", (guint) size))
    {
      ho_finding_say (finding, HO_VERDICT_UNKNOWN,
                      _ ("the host has no pages of the size that the guest wants, or does not "
                         "tell"));
      return;
    }
  needed = (wanted + size - 1) / size;
  free_pages = get_free_pages (context->host, size);
  if (free_pages >= needed)
    {
      ho_finding_say (finding, HO_VERDICT_OK, _ ("%u pages of %u KiB are free, %u are needed"),
                      (guint) free_pages, (guint) size, (guint) needed);
      return;
    }
  ho_finding_say (finding, HO_VERDICT_ERROR, _ ("%u pages of %u KiB are free, %u are needed"),
                  (guint) free_pages, (guint) size, (guint) needed);
  ho_finding_advise (finding,
                     "echo %u | sudo tee /sys/kernel/mm/hugepages/hugepages-%ukB/nr_hugepages",
                     (guint) needed, (guint) size);
}

const HoCheck ho_check_hugepages_free = {
  .id = "hugepages-free",
  .family = HO_FAMILY_MEMORY,
  .title = N_ ("Are there enough free hugepages for the guest?"),
  .verdicts = HO_CAN_OK | HO_CAN_ERROR | HO_CAN_UNKNOWN,
  .why
  = N_ ("The guest does not start without them. Memory breaks into small pieces while the host "
        "runs, so they are best set aside at boot."),
  .source = "https://docs.kernel.org/admin-guide/mm/hugetlbpage.html",
  .run = run_free,
};

static void
run_balloon (const HoDoctorContext *context, HoFinding *finding)
{
  g_autofree char *model = NULL;

  if (!ho_doctor_context_has_card (context))
    return;
  model = ho_xml_text (context->definition, "/domain/devices/memballoon/@model");
  if (g_strcmp0 (model, "none") == 0)
    {
      ho_finding_say (finding, HO_VERDICT_OK, "<memballoon model='none'/>");
      return;
    }
  ho_finding_say (finding, HO_VERDICT_ADVICE, "<memballoon model='%s'/>",
                  model != NULL ? model : "virtio");
  ho_finding_offer (finding, _ ("Change the guest's XML to <memballoon model='none'/>."));
}

static gboolean
fix_balloon (xmlDoc *doc, gpointer data, GError **error)
{
  g_autoptr (GPtrArray) balloons = ho_xml_all (doc, "/domain/devices/memballoon");
  xmlNode *devices = ho_xml_first (doc, "/domain/devices");

  if (devices == NULL)
    return TRUE;
  /* A balloon that is none has no address, period or alias either. */
  for (guint i = 0; i < balloons->len; i++)
    ho_xml_remove (balloons->pdata[i]);
  ho_xml_add_child (devices, "memballoon", "model", "none", NULL);
  return TRUE;
}

const HoCheck ho_check_memballoon = {
  .id = "memballoon",
  .family = HO_FAMILY_MEMORY,
  .title = N_ ("Is the memory balloon away?"),
  .verdicts = HO_CAN_OK | HO_CAN_ADVICE,
  .why = N_ ("With a passed device all memory is locked, so the balloon can give nothing back; its "
             "statistics only wake the guest."),
  .source = "https://libvirt.org/formatdomain.html#memory-balloon-device",
  .run = run_balloon,
  .fix = fix_balloon,
  .touches = "/domain/devices/memballoon",
};
