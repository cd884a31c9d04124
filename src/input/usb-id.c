/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "usb-id.h"

#include "error.h"

#include <glib/gi18n.h>

static gboolean
take_hex (const char **at, guint16 *number)
{
  guint value = 0;

  for (int i = 0; i < 4; i++, (*at)++)
    {
      if (!g_ascii_isxdigit (**at))
        return FALSE;
      value = value << 4 | (guint) g_ascii_xdigit_value (**at);
    }
  *number = (guint16) value;
  return TRUE;
}

/* Bus and port path as the kernel writes them: 1-1.2 */
static gboolean
is_port (const char *text)
{
  gboolean digit = FALSE, dash = FALSE;

  for (; *text != '\0'; text++)
    {
      if (g_ascii_isdigit (*text))
        digit = TRUE;
      else if (digit && (*text == '-' ? !dash : (*text == '.' && dash)))
        {
          dash = TRUE;
          digit = FALSE;
        }
      else
        return FALSE;
    }
  return digit && dash;
}

/**
 * ho_usb_id_parse:
 * @text: an identity
 * @error: return location for a #GError
 *
 * Returns: (transfer full): the identity; or %NULL with %HO_ERROR_USAGE that names @text
 */
HoUsbId *
ho_usb_id_parse (const char *text, GError **error)
{
  g_autoptr (HoUsbId) self = g_new0 (HoUsbId, 1);
  const char *at = text;
  gboolean ok = take_hex (&at, &self->vendor) && *at++ == ':' && take_hex (&at, &self->product);

  if (ok && g_str_has_prefix (at, "/serial="))
    {
      self->serial = g_strdup (at + strlen ("/serial="));
      ok = *self->serial != '\0';
    }
  else if (ok && g_str_has_prefix (at, "/port="))
    {
      self->port = g_strdup (at + strlen ("/port="));
      ok = is_port (self->port);
    }
  else if (ok)
    {
      ok = *at == '\0';
    }
  if (ok)
    return g_steal_pointer (&self);
  g_set_error (error, HO_ERROR, HO_ERROR_USAGE,
               _ ("“%s” does not name a USB device. Write 046d:c52b, 046d:c52b/serial=A1B2 or "
                  "046d:c52b/port=1-2; “handover devices” lists them."),
               text);
  return NULL;
}

void
ho_usb_id_free (HoUsbId *self)
{
  g_free (self->serial);
  g_free (self->port);
  g_free (self);
}

/**
 * ho_usb_id_matches:
 * @self: an identity
 * @device: a device
 *
 * Returns: whether @self means @device
 */
gboolean
ho_usb_id_matches (const HoUsbId *self, const HoUsbDevice *device)
{
  return self->vendor == device->vendor && self->product == device->product
         && (self->serial == NULL || g_strcmp0 (self->serial, device->serial) == 0)
         && (self->port == NULL || g_str_equal (self->port, device->port));
}
