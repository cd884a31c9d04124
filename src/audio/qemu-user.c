/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-audio"

#include "qemu-user.h"

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include "error.h"

#include <glib/gi18n.h>

/* Whom libvirt runs QEMU as: nobody else must get in where the guest's sound does, so this is
 * looked up and told, never assumed. https://libvirt.org/drvqemu.html#posix-users-groups */

/* What distributions call it. QEMU is in a group of the same name there, by membership if not by
 * its own group id, and that group has no other members; the account's first group may be kvm,
 * which people are in. */
static const char *const known_names[] = { "libvirt-qemu", "qemu", NULL };

/* libvirt writes a numeric id as "+107", and takes "107" for one too if there is no such name. */
static struct passwd *
look_up_user (const char *name)
{
  struct passwd *entry = *name != '+' ? getpwnam (name) : NULL;
  guint64 uid;

  if (entry == NULL
      && g_ascii_string_to_unsigned (*name == '+' ? name + 1 : name, 10, 0, G_MAXUINT32 - 1, &uid,
                                     NULL))
    entry = getpwuid ((uid_t) uid);
  return entry;
}

static struct group *
look_up_group (const char *name)
{
  struct group *entry = *name != '+' ? getgrnam (name) : NULL;
  guint64 gid;

  if (entry == NULL
      && g_ascii_string_to_unsigned (*name == '+' ? name + 1 : name, 10, 0, G_MAXUINT32 - 1, &gid,
                                     NULL))
    entry = getgrgid ((gid_t) gid);
  return entry;
}

static char *
list_others (struct group *group, const char *user)
{
  g_autoptr (GString) names = g_string_new (NULL);

  for (char **member = group->gr_mem; member != NULL && *member != NULL; member++)
    {
      if (!g_str_equal (*member, user))
        g_string_append_printf (names, "%s%s", names->len > 0 ? ", " : "", *member);
    }
  return names->len > 0 ? g_string_free (g_steal_pointer (&names), FALSE) : NULL;
}

/* @group: NULL for the group that goes with the user. NULL if there is no such user or group. */
static HoQemuUser *
make (const char *user, const char *group, const char *source)
{
  g_autoptr (HoQemuUser) self = g_new0 (HoQemuUser, 1);
  struct passwd *account = look_up_user (user);
  struct group *entry = NULL;
  gid_t gid;

  if (account == NULL)
    return NULL;
  self->uid = account->pw_uid;
  self->user = g_strdup (account->pw_name);
  self->is_self = self->uid == getuid ();
  self->source = g_strdup (source);
  gid = account->pw_gid;

  if (group != NULL)
    entry = look_up_group (group);
  else if ((entry = getgrnam (self->user)) == NULL)
    entry = getgrgid (gid);
  if (entry == NULL)
    return NULL;
  self->group = g_strdup (entry->gr_name);
  self->others = list_others (entry, self->user);
  return g_steal_pointer (&self);
}

static HoQemuUser *
find_in_setting (const char *setting, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (setting, ":", 2);
  HoQemuUser *self = make (parts[0], parts[1], _ ("as the setting “qemu-user” says"));

  if (self == NULL)
    g_set_error (error, HO_ERROR, HO_ERROR_FAILED,
                 _ ("The setting “qemu-user” names “%s”, and there is no such user or group."),
                 setting);
  return self;
}

/* Where libvirt's driver for QEMU has its settings: `qemu:///embed?root=DIR` has its own. */
static char *
get_conf_file (const char *uri)
{
  g_autoptr (GUri) parsed = g_uri_parse (uri, G_URI_FLAGS_NONE, NULL);
  const char *query = parsed != NULL ? g_uri_get_query (parsed) : NULL;
  g_autoptr (GHashTable) params
      = query != NULL ? g_uri_parse_params (query, -1, "&", G_URI_PARAMS_NONE, NULL) : NULL;
  const char *root = params != NULL ? g_hash_table_lookup (params, "root") : NULL;

  return root != NULL ? g_build_filename (root, "etc", "qemu.conf", NULL)
                      : g_strdup ("/etc/libvirt/qemu.conf");
}

/* The value of `key = "value"`; what is commented out there is the distribution's default. */
static char *
read_conf (const char *text, const char *key, gboolean commented)
{
  g_autofree char *pattern
      = g_strdup_printf ("^%s\\s*%s\\s*=\\s*\"([^\"]*)\"", commented ? "#" : "\\s*", key);
  g_autoptr (GRegex) regex = g_regex_new (pattern, G_REGEX_MULTILINE, 0, NULL);
  g_autoptr (GMatchInfo) match = NULL;

  return g_regex_match (regex, text, 0, &match) ? g_match_info_fetch (match, 1) : NULL;
}

static HoQemuUser *
find_in_conf (const char *uri)
{
  g_autofree char *file = get_conf_file (uri);
  g_autofree char *text = NULL;
  g_autofree char *source = NULL;

  if (!g_file_get_contents (file, &text, NULL, NULL))
    return NULL;
  source = g_strdup_printf (_ ("as %s says"), file);
  for (int commented = 0; commented <= 1; commented++)
    {
      g_autofree char *user = read_conf (text, "user", commented);
      g_autofree char *group = read_conf (text, "group", FALSE);
      g_autofree char *usual_group = read_conf (text, "group", TRUE);

      /* The examples in the comments begin with blanks or are of other accounts. */
      if (user != NULL)
        return make (user, group != NULL ? group : (commented ? usual_group : NULL), source);
    }
  return NULL;
}

static gboolean
is_session (const char *uri)
{
  g_autoptr (GUri) parsed = g_uri_parse (uri, G_URI_FLAGS_NONE, NULL);

  return parsed != NULL && g_str_equal (g_uri_get_path (parsed), "/session");
}

/**
 * ho_qemu_user_find:
 * @setting: `USER` or `USER:GROUP` as the user has set it; empty to look it up
 * @uri: the connection to libvirt
 * @error: return location for a #GError
 *
 * Returns: (transfer full): the account; %NULL with %HO_ERROR_FAILED if it is not known
 */
HoQemuUser *
ho_qemu_user_find (const char *setting, const char *uri, GError **error)
{
  HoQemuUser *self = NULL;

  if (*setting != '\0')
    return find_in_setting (setting, error);
  if (is_session (uri))
    {
      g_autofree char *own = g_strdup_printf ("+%u", (guint) getuid ());

      self = make (own, NULL, _ ("since this connection runs guests as you"));
    }
  if (self == NULL)
    self = find_in_conf (uri);
  for (const char *const *name = known_names; self == NULL && *name != NULL; name++)
    self = make (*name, NULL, _ ("since there is an account of that name, as distributions have"));
  if (self == NULL)
    g_set_error (error, HO_ERROR, HO_ERROR_FAILED,
                 _ ("It is not known which user libvirt runs QEMU as, and nobody else may get to "
                    "your sound. Set “qemu-user”, for example to 'qemu:qemu'."));
  return self;
}

void
ho_qemu_user_free (HoQemuUser *self)
{
  g_free (self->user);
  g_free (self->group);
  g_free (self->others);
  g_free (self->source);
  g_free (self);
}
