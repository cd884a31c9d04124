/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-core"

#include "share-address.h"

#include <ifaddrs.h>
#include <netinet/in.h>
#include <pwd.h>
#include <unistd.h>

#include "error.h"
#include "ssh-probe.h"

#include <glib/gi18n.h>

/* The address under which a guest finds this user's files: by SFTP, which every ssh server offers,
 * so nothing new has to listen.
 * https://datatracker.ietf.org/doc/html/draft-ietf-secsh-scp-sftp-ssh-uri */

/* The host as QEMU's own network has it:
 * https://wiki.qemu.org/Documentation/Networking#User_Networking_(SLIRP) */
#define USER_NETWORK_HOST "10.0.2.2"

/**
 * ho_share_address_find_way:
 * @doc: the description of a guest
 * @bridge: (out) (transfer full): the name of the bridge for %HO_SHARE_BRIDGE
 *
 * Returns: how that guest reaches its host
 */
HoShareWay
ho_share_address_find_way (xmlDoc *doc, char **bridge)
{
  xmlNode *devices = ho_xml_find_child (xmlDocGetRootElement (doc), "devices");
  gboolean isolated = FALSE, other = FALSE;

  *bridge = NULL;
  for (xmlNode *nic = ho_xml_find_child (devices, "interface"); nic != NULL;
       nic = ho_xml_find_next (nic, "interface"))
    {
      /* A running guest's network has the bridge filled in. */
      *bridge = ho_xml_get_attribute (ho_xml_find_child (nic, "source"), "bridge");
      if (*bridge != NULL)
        return HO_SHARE_BRIDGE;
      if (ho_xml_attribute_is (nic, "type", "user"))
        return HO_SHARE_USER;
      if (ho_xml_attribute_is (nic, "type", "direct"))
        isolated = TRUE;
      else
        other = TRUE;
    }
  return isolated && !other ? HO_SHARE_ISOLATED : HO_SHARE_UNKNOWN;
}

static char *
address_to_string (const struct sockaddr *native, gsize size)
{
  g_autoptr (GSocketAddress) address = g_socket_address_new_from_native ((gpointer) native, size);
  GInetAddress *inet = G_IS_INET_SOCKET_ADDRESS (address)
                           ? g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (address))
                           : NULL;

  return inet != NULL ? g_inet_address_to_string (inet) : NULL;
}

/* The host's IPv4 address on a bridge. */
static char *
find_bridge_address (const char *bridge)
{
  struct ifaddrs *all = NULL;
  char *address = NULL;

  if (getifaddrs (&all) < 0)
    return NULL;
  for (struct ifaddrs *at = all; at != NULL && address == NULL; at = at->ifa_next)
    {
      if (g_str_equal (at->ifa_name, bridge) && at->ifa_addr != NULL
          && at->ifa_addr->sa_family == AF_INET)
        address = address_to_string (at->ifa_addr, sizeof (struct sockaddr_in));
    }
  freeifaddrs (all);
  return address;
}

/* The address that others see: that of the way to anywhere. Nothing is sent. */
static char *
find_outward_address (void)
{
  g_autoptr (GSocket) socket
      = g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_DATAGRAM, G_SOCKET_PROTOCOL_UDP, NULL);
  g_autoptr (GSocketAddress) anywhere = g_inet_socket_address_new_from_string ("192.0.2.1", 9);
  g_autoptr (GSocketAddress) own = NULL;

  if (socket == NULL || !g_socket_connect (socket, anywhere, NULL, NULL))
    return NULL;
  own = g_socket_get_local_address (socket, NULL);
  return own != NULL ? g_inet_address_to_string (
             g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (own)))
                     : NULL;
}

static char *
make_uri (const char *host)
{
  g_autofree char *user = g_uri_escape_string (g_get_user_name (), NULL, FALSE);
  g_autofree char *home = g_uri_escape_string (g_get_home_dir (), "/", FALSE);

  return g_strdup_printf ("sftp://%s@%s%s", user, host, home);
}

static void
return_address (GTask *task, char *host)
{
  G_GNUC_UNUSED g_autofree char *owned = host;

  if (host != NULL)
    g_task_return_pointer (task, make_uri (host), g_free);
  else
    g_task_return_new_error (task, HO_ERROR, HO_ERROR_FAILED,
                             _ ("This computer has no address on a network that the guest could "
                                "reach. Connect it, or give the guest the network “default”."));
}

static void
on_description_read (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  HoGuest *guest = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  g_autofree char *xml = ho_hypervisor_get_xml_finish (HO_HYPERVISOR (object), result, &error);
  g_autoptr (HoXmlDoc) doc = xml != NULL ? ho_xml_parse_domain (xml, &error) : NULL;
  g_autofree char *bridge = NULL;

  if (doc == NULL)
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }
  switch (ho_share_address_find_way (doc, &bridge))
    {
    case HO_SHARE_BRIDGE:
      return_address (task, find_bridge_address (bridge));
      break;
    case HO_SHARE_USER:
      return_address (task, g_strdup (USER_NETWORK_HOST));
      break;
    case HO_SHARE_ISOLATED:
      g_task_return_new_error (task, HO_ERROR, HO_ERROR_UNSUPPORTED,
                               _ ("%s is connected by macvtap, over which a guest and its host do "
                                  "not reach each other. Give it a second network interface, on "
                                  "the network “default”."),
                               ho_guest_get_name (guest));
      break;
    case HO_SHARE_UNKNOWN:
    default:
      return_address (task, find_outward_address ());
    }
}

static gboolean
has_unit (const char *name)
{
  static const char *const dirs[]
      = { "/etc/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system" };

  for (gsize i = 0; i < G_N_ELEMENTS (dirs); i++)
    {
      g_autofree char *path = g_build_filename (dirs[i], name, NULL);

      if (g_file_test (path, G_FILE_TEST_EXISTS))
        return TRUE;
    }
  return FALSE;
}

/* Debian's unit is called ssh, everybody else's sshd. */
static void
return_no_server (GTask *task)
{
  if (has_unit ("sshd.service") || has_unit ("ssh.service"))
    g_task_return_new_error (task, HO_ERROR, HO_ERROR_FAILED,
                             _ ("The ssh server, which shares your files, is not running. Start it "
                                "with “sudo systemctl enable --now %s”."),
                             has_unit ("ssh.service") ? "ssh" : "sshd");
  else
    g_task_return_new_error (task, HO_ERROR, HO_ERROR_FAILED,
                             _ ("There is no ssh server, which would share your files. Install the "
                                "package “openssh-server” (“openssh” on Arch and openSUSE) and "
                                "start it."));
}

static void
on_probed (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  HoCore *core = g_task_get_source_object (task);
  HoGuest *guest = g_task_get_task_data (task);
  GCancellable *cancellable = g_task_get_cancellable (task);
  g_autoptr (GError) error = NULL;
  gboolean answers = ho_ssh_probe_finish (result, &error);

  if (g_task_return_error_if_cancelled (task))
    return;
  if (!answers)
    return_no_server (task);
  else if (guest == NULL)
    return_address (task, find_outward_address ());
  else
    ho_hypervisor_get_xml_async (ho_core_get_hypervisor (core), ho_guest_get_uuid (guest),
                                 !ho_guest_is_active (guest), cancellable, on_description_read,
                                 g_steal_pointer (&task));
}

/**
 * ho_share_address_async:
 * @core: the core
 * @guest: (nullable): the guest that shall reach this user's files
 * @cancellable: (nullable): gives it up
 * @callback: called with the address
 * @user_data: for @callback
 *
 * The errors are %HO_ERROR_FAILED if no ssh server answers, with how to start it, and
 * %HO_ERROR_UNSUPPORTED for a guest that cannot reach this host.
 */
void
ho_share_address_async (HoCore *core, HoGuest *guest, GCancellable *cancellable,
                        GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (core, cancellable, callback, user_data);

  g_task_set_source_tag (task, ho_share_address_async);
  if (guest != NULL)
    g_task_set_task_data (task, g_object_ref (guest), g_object_unref);
  if (ho_hypervisor_is_local (ho_core_get_hypervisor (core)))
    ho_ssh_probe_async (TRUE, cancellable, on_probed, g_steal_pointer (&task));
  else
    g_task_return_new_error (task, HO_ERROR, HO_ERROR_UNSUPPORTED,
                             _ ("The guests run on another machine; files are shared with those of "
                                "this one only."));
}

/**
 * ho_share_address_finish:
 *
 * Returns: (transfer full): the address, such as `sftp://me@192.168.122.1/home/me`
 */
char *
ho_share_address_finish (HoCore *core, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, core), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}
