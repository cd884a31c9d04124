/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-guest"

#include "apparmor.h"

#include <string.h>

/* libvirt gives each guest a profile of its own, made from these files when the guest starts:
 * https://libvirt.org/drvqemu.html#apparmor-support. Only what is read here is known of them:
 * plain rules for files, as in apparmor.d(5). */

static const char *const files[]
    = { HO_APPARMOR_LOCAL, "/etc/apparmor.d/abstractions/libvirt-qemu" };

/* AppArmor's globbing, see apparmor.d(5): ** crosses slashes, * and ? do not, {a,b} is a choice. */
static char *
glob_to_regex (const char *glob)
{
  g_autoptr (GString) regex = g_string_new ("^");
  guint depth = 0;

  for (const char *at = glob; *at != '\0'; at++)
    {
      if (g_str_has_prefix (at, "@{run}"))
        {
          g_string_append (regex, "(/var)?/run");
          at += strlen ("@{run}") - 1;
        }
      else if (at[0] == '*' && at[1] == '*')
        {
          g_string_append (regex, ".*");
          at++;
        }
      else if (*at == '*')
        g_string_append (regex, "[^/]*");
      else if (*at == '?')
        g_string_append (regex, "[^/]");
      else if (*at == '{')
        {
          g_string_append_c (regex, '(');
          depth++;
        }
      else if (*at == '}' && depth > 0)
        {
          g_string_append_c (regex, ')');
          depth--;
        }
      else if (*at == ',' && depth > 0)
        g_string_append_c (regex, '|');
      else if (g_ascii_isalnum (*at) || strchr ("/_-[]", *at) != NULL)
        g_string_append_c (regex, *at);
      else
        g_string_append_printf (regex, "\\%c", *at);
    }
  g_string_append_c (regex, '$');
  return g_string_free (g_steal_pointer (&regex), FALSE);
}

/* Whether one line is a rule that lets everybody read and write @socket. "owner" does not: the
 * socket is the user's, and QEMU is another. */
static gboolean
allows (char *line, const char *socket)
{
  g_auto (GStrv) words = NULL;
  g_autofree char *path = NULL;
  g_autofree char *regex = NULL;
  const char *permissions;

  line[strcspn (line, "#")] = '\0';
  words = g_strsplit_set (g_strstrip (line), " \t", -1);
  if (g_strv_length (words) != 2)
    return FALSE;
  path = g_strdup (words[0]);
  permissions = words[1];
  if (*path != '/' && !g_str_has_prefix (path, "@{run}"))
    return FALSE;
  if (strchr (permissions, 'w') == NULL || strchr (permissions, 'r') == NULL
      || !g_str_has_suffix (permissions, ","))
    return FALSE;
  regex = glob_to_regex (path);
  return g_regex_match_simple (regex, socket, 0, 0);
}

static gboolean
file_allows (const char *text, const char *socket)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  for (char **line = lines; *line != NULL; line++)
    if (allows (*line, socket))
      return TRUE;
  return FALSE;
}

/* Whether the kernel asks AppArmor about sockets that have a path: Ubuntu's do, others since 6.17,
 * Debian 12's does not. A kernel that does not tell is taken to. */
static gboolean
mediates_sockets (const char *root)
{
  static const char *const names[] = { "network", "network_v8", "network_v9" };
  g_autofree char *features = g_strconcat (root, "/sys/kernel/security/apparmor/features", NULL);

  if (!g_file_test (features, G_FILE_TEST_IS_DIR))
    return TRUE;
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *feature = g_build_filename (features, names[i], "af_unix", NULL);

      if (g_file_test (feature, G_FILE_TEST_EXISTS))
        return TRUE;
    }
  return FALSE;
}

/**
 * ho_apparmor_judge:
 * @root: where the machine's files are: "" for this one
 * @socket: the socket that QEMU shall connect to
 * @file: (out) (optional) (transfer none): the file with the rule that allows it, or %NULL
 *
 * What AppArmor's files say of a guest that plays to @socket. Whether libvirt uses AppArmor at all
 * is for libvirt to say, see ho_virt_host_may_confine_by().
 *
 * Returns: the verdict
 */
HoApparmor
ho_apparmor_judge (const char *root, const char *socket, const char **file)
{
  g_autofree char *parameter = g_strconcat (root, "/sys/module/apparmor/parameters/enabled", NULL);
  g_autofree char *enabled = NULL;
  gboolean readable = FALSE;

  if (file != NULL)
    *file = NULL;
  if (!g_file_get_contents (parameter, &enabled, NULL, NULL) || *enabled != 'Y'
      || !mediates_sockets (root))
    return HO_APPARMOR_ABSENT;
  for (gsize i = 0; i < G_N_ELEMENTS (files); i++)
    {
      g_autofree char *path = g_strconcat (root, files[i], NULL);
      g_autofree char *text = NULL;

      if (!g_file_get_contents (path, &text, NULL, NULL))
        continue;
      readable = TRUE;
      if (!file_allows (text, socket))
        continue;
      if (file != NULL)
        *file = files[i];
      return HO_APPARMOR_ALLOWS;
    }
  return readable ? HO_APPARMOR_LACKS_RULE : HO_APPARMOR_UNKNOWN;
}

/**
 * ho_apparmor_get_command:
 * @socket: the socket that QEMU shall connect to
 *
 * Returns: (transfer full): what an administrator types to add the missing rule
 */
char *
ho_apparmor_get_command (const char *socket)
{
  return g_strdup_printf ("sudo mkdir -p /etc/apparmor.d/local/abstractions && "
                          "echo '%s rw,' | sudo tee -a " HO_APPARMOR_LOCAL,
                          socket);
}
