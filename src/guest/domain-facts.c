/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-guest"

#include "domain-facts.h"

#include <errno.h>
#include <libxml/parser.h>

#include "error.h"

#include <glib/gi18n.h>

/* Reading domain XML, https://libvirt.org/formatdomain.html. libvirt has validated what it sends
 * us, but the connection may be remote and the parser must not trust it: no network, no entities.
 */

typedef xmlDoc XmlDoc;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (XmlDoc, xmlFreeDoc)

G_DEFINE_BOXED_TYPE (HoDomainFacts, ho_domain_facts, ho_domain_facts_ref, ho_domain_facts_unref)

static void
pci_hostdev_free (gpointer data)
{
  HoPciHostdev *hostdev = data;

  g_free (hostdev->address);
  g_free (hostdev);
}

static void
usb_hostdev_free (gpointer data)
{
  HoUsbHostdev *hostdev = data;

  g_free (hostdev->alias);
  g_free (hostdev);
}

static void
sound_free (gpointer data)
{
  HoDomainSound *sound = data;

  g_free (sound->model);
  g_free (sound);
}

static void
audio_free (gpointer data)
{
  HoDomainAudio *audio = data;

  g_free (audio->type);
  g_free (audio->server);
  g_free (audio);
}

static xmlNode *
find_child (xmlNode *parent, const char *name)
{
  if (parent == NULL)
    return NULL;
  for (xmlNode *child = parent->children; child != NULL; child = child->next)
    {
      if (child->type == XML_ELEMENT_NODE && g_str_equal (child->name, name))
        return child;
    }
  return NULL;
}

static char *
get_attribute (xmlNode *node, const char *name)
{
  xmlChar *value = node != NULL ? xmlGetNoNsProp (node, (const xmlChar *) name) : NULL;
  char *copy = g_strdup ((const char *) value);

  if (value != NULL)
    xmlFree (value);
  return copy;
}

static char *
get_text (xmlNode *node)
{
  xmlChar *value = node != NULL ? xmlNodeGetContent (node) : NULL;
  char *copy = g_strdup ((const char *) value);

  if (value != NULL)
    xmlFree (value);
  return copy != NULL ? g_strstrip (copy) : NULL;
}

static gboolean
attribute_is (xmlNode *node, const char *name, const char *expected)
{
  g_autofree char *value = get_attribute (node, name);

  return g_strcmp0 (value, expected) == 0;
}

/* Numbers in addresses are written `0x01` or `1`; one that is absent counts as 0. */
static gboolean
get_number (xmlNode *node, const char *name, guint64 max, guint64 *number)
{
  g_autofree char *value = get_attribute (node, name);
  char *end = NULL;

  *number = 0;
  if (value == NULL)
    return TRUE;
  errno = 0;
  *number = g_ascii_strtoull (value, &end, 0);
  return errno == 0 && end != value && *end == '\0' && value[0] != '-' && *number <= max;
}

static void
add_pci_hostdev (HoDomainFacts *self, xmlNode *node)
{
  xmlNode *address = find_child (find_child (node, "source"), "address");
  guint64 domain, bus, slot, function;

  if (address == NULL || !get_number (address, "domain", 0xffffffff, &domain)
      || !get_number (address, "bus", 0xff, &bus) || !get_number (address, "slot", 0x1f, &slot)
      || !get_number (address, "function", 7, &function))
    {
      g_message ("%s: a PCI hostdev without a usable address is left out", self->name);
      return;
    }

  HoPciHostdev *hostdev = g_new0 (HoPciHostdev, 1);
  hostdev->address = g_strdup_printf ("%04x:%02x:%02x.%x", (guint) domain, (guint) bus,
                                      (guint) slot, (guint) function);
  hostdev->managed = attribute_is (node, "managed", "yes");
  g_ptr_array_add (self->pci_hostdevs, hostdev);
}

static void
add_usb_hostdev (HoDomainFacts *self, xmlNode *node)
{
  xmlNode *source = find_child (node, "source");
  xmlNode *address = find_child (source, "address");
  guint64 vendor = 0, product = 0, bus = 0, device = 0;

  if (!get_number (find_child (source, "vendor"), "id", 0xffff, &vendor)
      || !get_number (find_child (source, "product"), "id", 0xffff, &product)
      || !get_number (address, "bus", 0xffff, &bus)
      || !get_number (address, "device", 0xffff, &device))
    {
      g_message ("%s: a USB hostdev without a usable identity is left out", self->name);
      return;
    }

  HoUsbHostdev *hostdev = g_new0 (HoUsbHostdev, 1);
  hostdev->vendor = (guint16) vendor;
  hostdev->product = (guint16) product;
  hostdev->bus = (guint) bus;
  hostdev->device = (guint) device;
  hostdev->alias = get_attribute (find_child (node, "alias"), "name");
  hostdev->missing = attribute_is (source, "missing", "yes");
  g_ptr_array_add (self->usb_hostdevs, hostdev);
}

static void
read_channel (HoDomainFacts *self, xmlNode *node)
{
  xmlNode *target = find_child (node, "target");
  HoChannelState state = attribute_is (target, "state", "connected") ? HO_CHANNEL_CONNECTED
                                                                     : HO_CHANNEL_DISCONNECTED;

  if (!attribute_is (target, "type", "virtio"))
    return;
  if (attribute_is (target, "name", "org.qemu.guest_agent.0"))
    self->agent = state;
  else if (attribute_is (target, "name", HO_RETURN_PORT))
    self->return_channel = state;
}

static guint
get_audio_id (xmlNode *node)
{
  guint64 id;

  return get_number (node, "id", G_MAXUINT, &id) ? (guint) id : 0;
}

static void
add_sound (HoDomainFacts *self, xmlNode *node)
{
  HoDomainSound *sound = g_new0 (HoDomainSound, 1);

  sound->model = get_attribute (node, "model");
  sound->audio = get_audio_id (find_child (node, "audio"));
  sound->output_only = attribute_is (find_child (node, "codec"), "type", "output");
  g_ptr_array_add (self->sounds, sound);
}

static void
add_audio (HoDomainFacts *self, xmlNode *node)
{
  HoDomainAudio *audio = g_new0 (HoDomainAudio, 1);

  audio->id = get_audio_id (node);
  audio->type = get_attribute (node, "type");
  audio->server = get_attribute (node, "serverName");
  g_ptr_array_add (self->audios, audio);
}

/* What guests of old did instead of <audio>: <qemu:env name='QEMU_PA_SERVER' value='…'/>. */
static void
read_legacy_audio (HoDomainFacts *self, xmlNode *commandline)
{
  if (commandline == NULL)
    return;
  for (xmlNode *node = commandline->children; node != NULL; node = node->next)
    {
      if (node->type == XML_ELEMENT_NODE && g_str_equal (node->name, "env")
          && attribute_is (node, "name", "QEMU_PA_SERVER"))
        {
          g_free (self->legacy_audio);
          self->legacy_audio = get_attribute (node, "value");
        }
    }
}

static void
read_devices (HoDomainFacts *self, xmlNode *devices)
{
  for (xmlNode *node = devices->children; node != NULL; node = node->next)
    {
      if (node->type != XML_ELEMENT_NODE)
        continue;
      if (g_str_equal (node->name, "hostdev") && attribute_is (node, "type", "pci"))
        add_pci_hostdev (self, node);
      else if (g_str_equal (node->name, "hostdev") && attribute_is (node, "type", "usb"))
        add_usb_hostdev (self, node);
      else if (g_str_equal (node->name, "channel"))
        read_channel (self, node);
      else if (g_str_equal (node->name, "sound"))
        add_sound (self, node);
      else if (g_str_equal (node->name, "audio"))
        add_audio (self, node);
    }
}

/**
 * ho_domain_facts_new_from_xml:
 * @xml: the XML of a domain, active or inactive
 * @error: return location for a #GError
 *
 * Returns: (transfer full): the facts, or %NULL with %HO_ERROR_FAILED if @xml is not the XML of a
 *   domain
 */
HoDomainFacts *
ho_domain_facts_new_from_xml (const char *xml, GError **error)
{
  g_autoptr (XmlDoc) doc = NULL;
  g_autoptr (HoDomainFacts) self = NULL;
  xmlNode *root, *devices;
  gsize length = strlen (xml);

  doc = length <= G_MAXINT ? xmlReadMemory (xml, (int) length, "domain.xml", NULL,
                                            XML_PARSE_NONET | XML_PARSE_NOERROR
                                                | XML_PARSE_NOWARNING | XML_PARSE_NOBLANKS)
                           : NULL;
  root = doc != NULL ? xmlDocGetRootElement (doc) : NULL;
  if (root == NULL || !g_str_equal (root->name, "domain"))
    {
      g_set_error (error, HO_ERROR, HO_ERROR_FAILED,
                   _ ("What libvirt sent is not the description of a guest."));
      return NULL;
    }

  self = g_atomic_rc_box_new0 (HoDomainFacts);
  self->pci_hostdevs = g_ptr_array_new_with_free_func (pci_hostdev_free);
  self->usb_hostdevs = g_ptr_array_new_with_free_func (usb_hostdev_free);
  self->sounds = g_ptr_array_new_with_free_func (sound_free);
  self->audios = g_ptr_array_new_with_free_func (audio_free);
  self->uuid = get_text (find_child (root, "uuid"));
  self->name = get_text (find_child (root, "name"));
  devices = find_child (root, "devices");
  if (devices != NULL)
    read_devices (self, devices);
  read_legacy_audio (self, find_child (root, "commandline"));
  return g_steal_pointer (&self);
}

HoDomainFacts *
ho_domain_facts_ref (HoDomainFacts *self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
domain_facts_clear (gpointer data)
{
  HoDomainFacts *self = data;

  g_free (self->uuid);
  g_free (self->name);
  g_ptr_array_unref (self->pci_hostdevs);
  g_ptr_array_unref (self->usb_hostdevs);
  g_ptr_array_unref (self->sounds);
  g_ptr_array_unref (self->audios);
  g_free (self->legacy_audio);
}

void
ho_domain_facts_unref (HoDomainFacts *self)
{
  g_atomic_rc_box_release_full (self, domain_facts_clear);
}

static gboolean
pci_hostdev_equal (const HoPciHostdev *a, const HoPciHostdev *b)
{
  return a->managed == b->managed && g_str_equal (a->address, b->address);
}

static gboolean
usb_hostdev_equal (const HoUsbHostdev *a, const HoUsbHostdev *b)
{
  return a->vendor == b->vendor && a->product == b->product && a->bus == b->bus
         && a->device == b->device && a->missing == b->missing
         && g_strcmp0 (a->alias, b->alias) == 0;
}

static gboolean
sound_equal (const HoDomainSound *a, const HoDomainSound *b)
{
  return a->audio == b->audio && a->output_only == b->output_only
         && g_strcmp0 (a->model, b->model) == 0;
}

static gboolean
audio_equal (const HoDomainAudio *a, const HoDomainAudio *b)
{
  return a->id == b->id && g_strcmp0 (a->type, b->type) == 0
         && g_strcmp0 (a->server, b->server) == 0;
}

static gboolean
all_sound_equal (const HoDomainFacts *a, const HoDomainFacts *b)
{
  if (a->sounds->len != b->sounds->len || a->audios->len != b->audios->len
      || g_strcmp0 (a->legacy_audio, b->legacy_audio) != 0)
    return FALSE;
  for (guint i = 0; i < a->sounds->len; i++)
    {
      if (!sound_equal (a->sounds->pdata[i], b->sounds->pdata[i]))
        return FALSE;
    }
  for (guint i = 0; i < a->audios->len; i++)
    {
      if (!audio_equal (a->audios->pdata[i], b->audios->pdata[i]))
        return FALSE;
    }
  return TRUE;
}

/**
 * ho_domain_facts_equal:
 * @a: facts
 * @b: other facts
 *
 * Returns: whether nothing that Handover reads differs between @a and @b
 */
gboolean
ho_domain_facts_equal (const HoDomainFacts *a, const HoDomainFacts *b)
{
  if (g_strcmp0 (a->uuid, b->uuid) != 0 || g_strcmp0 (a->name, b->name) != 0 || a->agent != b->agent
      || a->return_channel != b->return_channel || a->pci_hostdevs->len != b->pci_hostdevs->len
      || a->usb_hostdevs->len != b->usb_hostdevs->len)
    return FALSE;

  for (guint i = 0; i < a->pci_hostdevs->len; i++)
    {
      if (!pci_hostdev_equal (a->pci_hostdevs->pdata[i], b->pci_hostdevs->pdata[i]))
        return FALSE;
    }
  for (guint i = 0; i < a->usb_hostdevs->len; i++)
    {
      if (!usb_hostdev_equal (a->usb_hostdevs->pdata[i], b->usb_hostdevs->pdata[i]))
        return FALSE;
    }
  return all_sound_equal (a, b);
}

/**
 * ho_domain_facts_plays_to:
 * @self: the facts
 * @socket: path of a PulseAudio server's socket
 *
 * Returns: whether QEMU is told to play to @socket, and so does not start while it is missing
 */
gboolean
ho_domain_facts_plays_to (const HoDomainFacts *self, const char *socket)
{
  g_autofree char *server = g_strconcat ("unix:", socket, NULL);

  if (g_strcmp0 (self->legacy_audio, server) == 0 || g_strcmp0 (self->legacy_audio, socket) == 0)
    return TRUE;
  for (guint i = 0; i < self->audios->len; i++)
    {
      const HoDomainAudio *audio = self->audios->pdata[i];

      if (g_strcmp0 (audio->type, "pulseaudio") == 0
          && (g_strcmp0 (audio->server, server) == 0 || g_strcmp0 (audio->server, socket) == 0))
        return TRUE;
    }
  return FALSE;
}
