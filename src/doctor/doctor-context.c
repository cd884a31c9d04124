/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-doctor"

#include "doctor-context.h"

#include <grp.h>
#include <unistd.h>

#include "apparmor.h"

/**
 * ho_doctor_context_new:
 *
 * Returns: (transfer full): an empty context; whoever makes it fills it before checks see it
 */
HoDoctorContext *
ho_doctor_context_new (void)
{
  HoDoctorContext *self = g_new0 (HoDoctorContext, 1);

  self->groups = g_new0 (char *, 1);
  self->input_devices = g_new0 (char *, 1);
  self->local = TRUE;
  return self;
}

void
ho_doctor_context_free (HoDoctorContext *self)
{
  g_free (self->user);
  g_strfreev (self->groups);
  g_free (self->uri);
  g_free (self->problem);
  g_clear_pointer (&self->virt, ho_virt_host_unref);
  g_strfreev (self->input_devices);
  g_free (self->journal);
  g_free (self->sound_socket);
  g_clear_pointer (&self->host, ho_host_free);
  g_free (self->guest);
  g_clear_pointer (&self->definition, xmlFreeDoc);
  g_clear_pointer (&self->live, xmlFreeDoc);
  g_clear_pointer (&self->facts, ho_domain_facts_unref);
  g_free (self);
}

/**
 * ho_doctor_context_read_session:
 * @self: a context
 *
 * Fills in who asks. Looks names up, which may wait: for a thread.
 */
void
ho_doctor_context_read_session (HoDoctorContext *self)
{
  int n = getgroups (0, NULL);
  g_autofree gid_t *ids = g_new0 (gid_t, n > 0 ? n : 1);
  g_autoptr (GPtrArray) names = g_ptr_array_new ();

  self->uid = (guint) getuid ();
  self->user = g_strdup (g_get_user_name ());
  n = getgroups (n, ids);
  for (int i = 0; i < n; i++)
    {
      char buffer[4096];
      struct group entry, *found = NULL;

      if (getgrgid_r (ids[i], &entry, buffer, sizeof buffer, &found) == 0 && found != NULL)
        g_ptr_array_add (names, g_strdup (found->gr_name));
    }
  g_ptr_array_add (names, NULL);
  g_strfreev (self->groups);
  self->groups = (GStrv) g_ptr_array_steal (names, NULL);
}

/**
 * ho_doctor_context_set_guest:
 * @self: a context
 * @definition: the guest's XML as it starts next time
 * @live: (nullable): its XML as it runs
 * @error: return location for a #GError
 *
 * Returns: whether both are XML of a guest
 */
gboolean
ho_doctor_context_set_guest (HoDoctorContext *self, const char *definition, const char *live,
                             GError **error)
{
  self->definition = ho_xml_parse_domain (definition, error);
  if (self->definition == NULL)
    return FALSE;
  if (live != NULL)
    {
      self->live = ho_xml_parse_domain (live, error);
      if (self->live == NULL)
        return FALSE;
    }
  self->facts = ho_domain_facts_new_from_xml (definition, error);
  if (self->facts == NULL)
    return FALSE;
  self->guest = g_strdup (self->facts->name != NULL ? self->facts->name : "?");
  return TRUE;
}

/**
 * ho_doctor_context_has_card:
 * @self: a context
 *
 * Returns: whether a PCI device is passed through to the guest, so that all its memory is locked
 */
gboolean
ho_doctor_context_has_card (const HoDoctorContext *self)
{
  return self->facts != NULL && self->facts->pci_hostdevs->len > 0;
}

gboolean
ho_doctor_context_passes (const HoDoctorContext *self, const char *address)
{
  for (guint i = 0; self->facts != NULL && i < self->facts->pci_hostdevs->len; i++)
    {
      const HoPciHostdev *hostdev = self->facts->pci_hostdevs->pdata[i];

      if (g_str_equal (hostdev->address, address))
        return TRUE;
    }
  return FALSE;
}

/* Whether a graphics card of that maker is passed through. */
gboolean
ho_doctor_context_passes_vendor (const HoDoctorContext *self, guint16 vendor)
{
  for (guint i = 0; i < self->host->pci->len; i++)
    {
      const HoHostPci *pci = self->host->pci->pdata[i];

      if (pci->vendor == vendor && ho_host_pci_is_display (pci)
          && ho_doctor_context_passes (self, pci->address))
        return TRUE;
    }
  return FALSE;
}

/**
 * ho_doctor_context_get_apparmor:
 * @self: a context
 *
 * Returns: (transfer full) (nullable): the command that adds the rule without which AppArmor keeps
 *   QEMU from the user's sound server, or %NULL if none is missing
 */
char *
ho_doctor_context_get_apparmor (const HoDoctorContext *self)
{
  if (!self->local || self->sound_socket == NULL
      || !ho_virt_host_may_confine_by (self->virt, "apparmor")
      || ho_apparmor_judge (self->host->root, self->sound_socket, NULL) != HO_APPARMOR_LACKS_RULE)
    return NULL;
  return ho_apparmor_get_command (self->sound_socket);
}

/**
 * ho_doctor_context_is_windows:
 * @self: a context
 *
 * Returns: whether the definition says that Windows runs in the guest, by what virt-manager notes
 *   there or by Hyper-V's enlightenments, which only Windows uses
 */
gboolean
ho_doctor_context_is_windows (const HoDoctorContext *self)
{
  g_autofree char *os
      = ho_xml_text (self->definition, "/domain/metadata//*[local-name()='os']/@id");

  if (os != NULL)
    return g_strrstr (os, "microsoft.com/win") != NULL;
  return ho_xml_has (self->definition, "/domain/features/hyperv");
}

gboolean
ho_doctor_context_is_qemu (const HoDoctorContext *self)
{
  return self->virt != NULL && g_strcmp0 (self->virt->type, "QEMU") == 0;
}

guint64
ho_doctor_context_get_memory_kib (const HoDoctorContext *self)
{
  return ho_xml_kib (self->definition, "/domain/memory");
}
