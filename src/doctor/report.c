/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-doctor"

#include "report.h"

#include "mask.h"

#include <glib/gi18n.h>

/* A file to attach to a bug report. It is for those who help, so its own words are English. */

static void
append_version (GString *text, const char *name, guint64 version)
{
  g_string_append_printf (text, "- %s: %u.%u.%u\n", name, (guint) (version / 1000000),
                          (guint) (version / 1000 % 1000), (guint) (version % 1000));
}

static void
append_host (GString *text, const HoDoctorContext *context)
{
  g_autofree char *kernel = ho_host_read (context->host, "/proc/sys/kernel/osrelease");
  g_autofree char *release = ho_host_read (context->host, "/etc/os-release");
  g_autofree char *model = ho_host_cpu_field (context->host, "model name");

  g_string_append_printf (text, "- Handover: %s\n", HO_VERSION);
  if (context->virt != NULL)
    {
      append_version (text, "libvirt", context->virt->libvirt_version);
      append_version (text, context->virt->type, context->virt->hypervisor_version);
    }
  g_string_append_printf (text, "- kernel: %s\n- processor: %s\n- command line: `%s`\n",
                          kernel != NULL ? kernel : "?", model != NULL ? model : "?",
                          context->host->cmdline != NULL ? context->host->cmdline : "?");
  if (release != NULL)
    {
      g_auto (GStrv) lines = g_strsplit (release, "\n", -1);

      for (char **line = lines; *line != NULL; line++)
        {
          if (g_str_has_prefix (*line, "PRETTY_NAME="))
            g_string_append_printf (text, "- system: %s\n", *line + 12);
        }
    }
}

static void
append_devices (GString *text, const HoHost *host)
{
  g_string_append (text, "\n## PCI devices\n\n| address | class | id | driver | group |\n"
                         "|---|---|---|---|---|\n");
  for (guint i = 0; i < host->pci->len; i++)
    {
      const HoHostPci *pci = host->pci->pdata[i];

      g_string_append_printf (text, "| %s%s | %06x | %04x:%04x | %s | %d |\n", pci->address,
                              pci->boot_vga ? " (boot_vga)" : "", pci->class, pci->vendor,
                              pci->device, pci->driver != NULL ? pci->driver : "", pci->group);
    }
}

/* Several lines or a bar would end the row of a table. */
static char *
to_cell (const char *text)
{
  g_autoptr (GString) cell = g_string_new (text != NULL ? text : "");

  g_string_replace (cell, "\n", "<br>", 0);
  g_string_replace (cell, "|", "\\|", 0);
  return g_string_free (g_steal_pointer (&cell), FALSE);
}

static void
append_findings (GString *text, HoDiagnosis *self)
{
  g_string_append (text, "\n## Checks\n\n| check | verdict | seen |\n|---|---|---|\n");
  for (guint i = 0; i < self->findings->len; i++)
    {
      const HoFinding *finding = self->findings->pdata[i];
      g_autofree char *seen = to_cell (finding->seen);

      g_string_append_printf (text, "| %s | %s | %s |\n", finding->check->id,
                              ho_verdict_to_string (finding->verdict), seen);
    }
}

static void
append_xml (GString *text, const char *title, xmlDoc *doc)
{
  g_autofree char *xml = doc != NULL ? ho_xml_print (doc) : NULL;

  if (xml != NULL)
    g_string_append_printf (text, "\n## %s\n\n```xml\n%s\n```\n", title, xml);
}

/**
 * ho_diagnosis_write_report:
 * @self: what was found
 *
 * Returns: (transfer full): a text in Markdown for a bug report, without what tells who wrote it:
 *   serial numbers, MAC and IP addresses, UUIDs, the names of host and user, passwords
 */
char *
ho_diagnosis_write_report (HoDiagnosis *self)
{
  g_autoptr (GString) text = g_string_new ("# Handover: what the doctor found\n\n");
  g_autoptr (HoMask) mask = ho_mask_new (self->context);

  append_host (text, self->context);
  append_findings (text, self);
  append_devices (text, self->context->host);
  append_xml (text, "The guest as it starts", self->context->definition);
  append_xml (text, "The guest as it runs", self->context->live);
  return ho_mask_apply (mask, text->str);
}
