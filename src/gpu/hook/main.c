/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-hook"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "busy-marker.h"
#include "domain-facts.h"
#include "holders.h"
#include "hypervisor.h"
#include "usb-rescue.h"

/* `handover-libvirt-hook GUEST OPERATION …`: run by libvirt as root for each guest,
 * https://libvirt.org/hooks.html, with the guest's XML on the standard input. It must not call
 * libvirt, which waits for it.
 *
 * `prepare`: refuses the start while somebody uses a card of the guest. It sees every process, also
 * when the guest is started by virsh. `release`: gives USB devices of a guest that died their
 * drivers back. Anything else, and any guest without a card, is none of its business. It is plain C
 * with the applet's own code for finding who uses a card, so both always agree. */

#define MAX_XML ((gsize) 4 * 1024 * 1024)
#define RUN_USER "/run/user"

static char *
read_input (void)
{
  g_autoptr (GString) text = g_string_new (NULL);
  char buffer[16384];
  gssize n;

  while (text->len < MAX_XML && (n = read (STDIN_FILENO, buffer, sizeof buffer)) != 0)
    {
      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        break;
      g_string_append_len (text, buffer, n);
    }
  /* XML has no zero bytes. */
  return strlen (text->str) == text->len && text->len < MAX_XML
             ? g_string_free (g_steal_pointer (&text), FALSE)
             : NULL;
}

static gboolean
is_in_group (uid_t uid, gid_t gid)
{
  const struct passwd *user = getpwuid (uid);
  gid_t groups[256];
  int n = G_N_ELEMENTS (groups);

  if (user == NULL || getgrouplist (user->pw_name, user->pw_gid, groups, &n) < 0)
    return FALSE;
  for (int i = 0; i < n; i++)
    {
      if (groups[i] == gid)
        return TRUE;
    }
  return FALSE;
}

/* Whoever may do with guests what they like may also start one whose card is in use: root, and the
 * members of the group that libvirt's socket is open to. */
static gboolean
may_decide (uid_t uid, gpointer user_data)
{
  static const char *const sockets[]
      = { "/run/libvirt/libvirt-sock", "/run/libvirt/virtqemud-sock" };
  const struct group *group;
  struct stat info;

  if (uid == 0)
    return TRUE;
  for (gsize i = 0; i < G_N_ELEMENTS (sockets); i++)
    {
      if (stat (sockets[i], &info) == 0 && (info.st_mode & S_IWGRP) != 0 && info.st_gid != 0
          && is_in_group (uid, info.st_gid))
        return TRUE;
    }
  group = getgrnam ("libvirt");
  return group != NULL && is_in_group (uid, group->gr_gid);
}

static GPtrArray *
list_slots (const HoDomainFacts *facts)
{
  GPtrArray *slots = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < facts->pci_hostdevs->len; i++)
    {
      const HoPciHostdev *hostdev = facts->pci_hostdevs->pdata[i];
      g_autofree char *slot = ho_pci_address_dup_slot (hostdev->address);

      if (!g_ptr_array_find_with_equal_func (slots, slot, g_str_equal, NULL))
        g_ptr_array_add (slots, g_steal_pointer (&slot));
    }
  g_ptr_array_add (slots, NULL);
  return slots;
}

static const HoPciFunction *
find_display (const GPtrArray *functions)
{
  for (guint i = 0; i < functions->len; i++)
    {
      const HoPciFunction *function = functions->pdata[i];

      if (function->kind == HO_PCI_DISPLAY)
        return function;
    }
  return NULL;
}

/* Why the card in @slot must not be taken away; %NULL: it may be, or is no card. */
static char *
find_objection (const HoPciScan *bus, const char *slot, const char *guest)
{
  g_autoptr (GPtrArray) functions = ho_pci_scan_list_slot (bus, slot);
  const HoPciFunction *display = find_display (functions);
  g_autoptr (HoHolders) holders = NULL;
  g_autofree char *names = NULL;
  const char *name;

  if (display == NULL)
    return NULL;
  holders = ho_holders_read ("/", bus, functions);
  if (holders->proven)
    return NULL;
  name = display->name != NULL ? display->name : display->address;
  if (holders->list->len == 0)
    return g_strdup_printf ("Whether %s is in use can't be seen: %u processes could not be read.",
                            name, holders->unread);
  names = ho_holders_dup_names (holders);
  return g_strdup_printf ("%s is in use by %s. Close what uses it, then start %s again.", name,
                          names, guest);
}

static int
prepare (const HoDomainFacts *facts)
{
  g_autoptr (GPtrArray) slots = list_slots (facts);
  g_autoptr (HoPciScan) bus = NULL;

  if (slots->len == 1)
    return EXIT_SUCCESS;
  bus = ho_pci_scan_read ("/", (const char *const *) slots->pdata);
  for (guint i = 0; i + 1 < slots->len; i++)
    {
      g_autofree char *objection = find_objection (bus, slots->pdata[i], facts->name);

      if (objection == NULL)
        continue;
      if (ho_busy_marker_take (RUN_USER, facts->uuid, may_decide, NULL))
        return EXIT_SUCCESS;
      g_printerr ("%s%s\n", HO_HOOK_MARKER, objection);
      return EXIT_FAILURE;
    }
  return EXIT_SUCCESS;
}

int
main (int argc, char **argv)
{
  g_autoptr (HoDomainFacts) facts = NULL;
  g_autofree char *xml = NULL;
  gboolean starts, ends;

  if (argc < 3)
    {
      g_printerr ("handover-libvirt-hook is run by libvirt: GUEST OPERATION …\n");
      return 2;
    }
  starts = g_str_equal (argv[2], "prepare");
  ends = g_str_equal (argv[2], "release");
  if (!starts && !ends)
    return EXIT_SUCCESS;
  xml = read_input ();
  facts = xml != NULL ? ho_domain_facts_new_from_xml (xml, NULL) : NULL;
  if (facts == NULL || facts->uuid == NULL || facts->name == NULL)
    return EXIT_SUCCESS; /* it is not for us to refuse what we don't understand */
  if (starts)
    return prepare (facts);
  ho_usb_rescue ("/", facts);
  return EXIT_SUCCESS;
}
