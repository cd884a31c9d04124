/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-doctor"

#include "mask.h"

#include <string.h>

/* Two ways, one behind the other: what this machine calls its own (its name, its user, serial
 * numbers that sysfs shows) is known word by word; and what looks like an address or a number of a
 * device is taken for one. */

struct _HoMask
{
  GPtrArray *words; /* of Word, the longest first */
};

typedef struct
{
  char *text;
  const char *mask;
} Word;

/* A shorter one would be found inside other words. */
#define SHORTEST_WORD 3

static void
word_free (gpointer data)
{
  Word *word = data;

  g_free (word->text);
  g_free (word);
}

static void
add_word (HoMask *self, const char *text, const char *mask)
{
  Word *word;

  if (text == NULL || strlen (text) < SHORTEST_WORD || g_str_equal (text, "root")
      || g_str_equal (text, "localhost") || g_str_equal (text, "(none)"))
    return;
  word = g_new0 (Word, 1);
  word->text = g_strdup (text);
  word->mask = mask;
  g_ptr_array_add (self->words, word);
}

static void
add_file (HoMask *self, const HoHost *host, const char *path, const char *mask)
{
  g_autofree char *text = ho_host_read (host, "%s", path);

  add_word (self, text, mask);
}

/* One file of each entry of a directory: /sys/bus/usb/devices/…/serial. */
static void
add_files (HoMask *self, const HoHost *host, const char *dir, const char *file, const char *mask)
{
  g_auto (GStrv) names = ho_host_list (host, "%s", dir);

  for (char **name = names; name != NULL && *name != NULL; name++)
    {
      g_autofree char *path = g_strdup_printf ("%s/%s/%s", dir, *name, file);

      add_file (self, host, path, mask);
    }
}

/* What the guest's XML says of itself in words that look like any other. */
static void
add_guest_words (HoMask *self, xmlDoc *doc)
{
  static const char *const paths[] = {
    "//serial[not(*)]",
    "//disk/wwn",
    "//sysinfo//entry[@name='serial' or @name='asset' or @name='uuid' or @name='family']",
    "//graphics[@passwd]",
    "//*[@secret]",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (paths); i++)
    {
      g_autoptr (GPtrArray) nodes = ho_xml_all (doc, paths[i]);

      for (guint j = 0; j < nodes->len; j++)
        {
          g_autofree char *text = ho_xml_get_text (nodes->pdata[j]);
          g_autofree char *password = ho_xml_get_attribute (nodes->pdata[j], "passwd");

          add_word (self, text, "SERIAL");
          add_word (self, password, "PASSWORD");
        }
    }
}

static int
compare_words (gconstpointer a, gconstpointer b)
{
  const Word *first = *(Word *const *) a;
  const Word *second = *(Word *const *) b;
  gsize length = strlen (first->text), other = strlen (second->text);

  return length == other ? 0 : length > other ? -1 : 1;
}

/**
 * ho_mask_new:
 * @context: the machine, its user and the guest that a text is about
 *
 * Returns: (transfer full): a mask for texts about them
 */
HoMask *
ho_mask_new (const HoDoctorContext *context)
{
  static const char *const dmi[] = { "product_serial", "board_serial",      "chassis_serial",
                                     "product_uuid",   "chassis_asset_tag", "board_asset_tag" };
  HoMask *self = g_new0 (HoMask, 1);
  const HoHost *host = context->host;
  g_autofree char *name = ho_host_read (host, "/proc/sys/kernel/hostname");
  char *dot = name != NULL ? strchr (name, '.') : NULL;

  self->words = g_ptr_array_new_with_free_func (word_free);
  add_word (self, name, "HOST");
  if (dot != NULL)
    *dot = '\0';
  add_word (self, name, "HOST");
  add_file (self, host, "/etc/hostname", "HOST");
  add_word (self, context->user, "USER");
  add_file (self, host, "/etc/machine-id", "MACHINE-ID");
  for (gsize i = 0; i < G_N_ELEMENTS (dmi); i++)
    {
      g_autofree char *path = g_strdup_printf ("/sys/class/dmi/id/%s", dmi[i]);

      add_file (self, host, path, "SERIAL");
    }
  add_files (self, host, "/sys/bus/usb/devices", "serial", "SERIAL");
  add_files (self, host, "/sys/block", "device/serial", "SERIAL");
  add_files (self, host, "/sys/block", "device/wwid", "SERIAL");
  add_files (self, host, "/sys/class/net", "address", "MAC");
  for (char **device = context->input_devices; *device != NULL; device++)
    {
      const char *serial = strstr (*device, "/serial=");

      add_word (self, serial != NULL ? serial + strlen ("/serial=") : NULL, "SERIAL");
    }
  add_guest_words (self, context->definition);
  add_guest_words (self, context->live);
  g_ptr_array_sort (self->words, compare_words);
  return self;
}

void
ho_mask_free (HoMask *self)
{
  g_ptr_array_unref (self->words);
  g_free (self);
}

static char *
replace_pattern (char *text, const char *pattern, const char *mask)
{
  g_autoptr (GRegex) regex = g_regex_new (pattern, G_REGEX_CASELESS | G_REGEX_OPTIMIZE, 0, NULL);
  char *result;

  g_return_val_if_fail (regex != NULL, text);
  result = g_regex_replace (regex, text, -1, 0, mask, 0, NULL);
  if (result == NULL)
    return text;
  g_free (text);
  return result;
}

/* Addresses of IP are told from PCI addresses, times and versions by trying. */
static gboolean
mask_address (const GMatchInfo *info, GString *result, gpointer user_data)
{
  g_autofree char *word = g_match_info_fetch (info, 0);

  g_string_append (result, g_hostname_is_ip_address (word) && strlen (word) > 3 ? "IP" : word);
  return FALSE;
}

static char *
replace_addresses (char *text)
{
  g_autoptr (GRegex) regex
      = g_regex_new ("(?<![\\w.:])(\\d+(\\.\\d+){3}|[0-9a-f]*:[0-9a-f:]*:[0-9a-f:.]*)(?![\\w:])",
                     G_REGEX_CASELESS | G_REGEX_OPTIMIZE, 0, NULL);
  char *result = g_regex_replace_eval (regex, text, -1, 0, 0, mask_address, NULL, NULL);

  if (result == NULL)
    return text;
  g_free (text);
  return result;
}

/**
 * ho_mask_apply:
 * @self: a mask
 * @text: a text in UTF-8
 *
 * Returns: (transfer full): @text without UUIDs, MAC and IP addresses, serial numbers, the names of
 *   host and user, and passwords
 */
char *
ho_mask_apply (HoMask *self, const char *text)
{
  char *masked = g_utf8_make_valid (text, -1);

  for (guint i = 0; i < self->words->len; i++)
    {
      const Word *word = self->words->pdata[i];
      g_autofree char *escaped = g_regex_escape_string (word->text, -1);
      g_autofree char *pattern = g_strdup_printf ("(?<![A-Za-z0-9])%s(?![A-Za-z0-9])", escaped);

      masked = replace_pattern (masked, pattern, word->mask);
    }
  masked = replace_pattern (
      masked, "\\b[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}\\b", "UUID");
  masked = replace_pattern (masked, "\\b([0-9a-f]{2}[:-]){5}[0-9a-f]{2}\\b", "MAC");
  masked = replace_pattern (masked, "\\b(serial|wwn|asset|uuid|password|secret)=[^,\\s'\"<>]+",
                            "\\1=MASKED");
  masked = replace_pattern (masked, "(/home/|/run/user/|/run/handover/)[^/\\s'\"<>]+", "\\1USER");
  return replace_addresses (masked);
}
