# SPDX-License-Identifier: GPL-3.0-or-later
<#
.SYNOPSIS
Runs in a Windows guest and talks to Handover on the host, over the virtio-serial port that
"handover setup GUEST return-channel" adds.

.DESCRIPTION
Needs the virtio-serial driver of virtio-win, and to run as administrator: the driver lets nobody
else write. See README.md.

  handover.ps1 host               bring keyboard and mouse back to the host
  handover.ps1 alive              one heartbeat
  handover.ps1 listen [-HeartbeatSeconds 5]
                                  bring them back whenever Ctrl+Alt+Home is pressed, and send
                                  heartbeats, for as long as it runs
#>
param(
    [Parameter(Mandatory = $true)] [ValidateSet('host', 'alive', 'listen')] [string] $Verb,
    [ValidateRange(0, 3600)] [int] $HeartbeatSeconds = 0
)
$ErrorActionPreference = 'Stop'
$port = '\\.\Global\org.handover.return.0'

Add-Type -Namespace Handover -Name Native -MemberDefinition @'
[DllImport("kernel32.dll", CharSet = CharSet.Unicode, SetLastError = true)]
public static extern Microsoft.Win32.SafeHandles.SafeFileHandle CreateFile(string name, uint access,
    uint share, System.IntPtr security, uint disposition, uint flags, System.IntPtr template);
[DllImport("user32.dll", SetLastError = true)]
public static extern bool RegisterHotKey(System.IntPtr window, int id, uint modifiers, uint key);
[DllImport("user32.dll")]
public static extern System.IntPtr SetTimer(System.IntPtr window, System.IntPtr id, uint ms, System.IntPtr function);
[DllImport("user32.dll")]
public static extern int GetMessage(out Message message, System.IntPtr window, uint first, uint last);
[DllImport("user32.dll")]
public static extern short GetAsyncKeyState(int key);
[StructLayout(LayoutKind.Sequential)]
public struct Message {
    public System.IntPtr window; public uint message; public System.IntPtr wParam;
    public System.IntPtr lParam; public uint time; public int x; public int y; public uint reserved;
}
'@

# One line. A write waits for as long as nobody listens on the host, so it is given up after a second.
function Send-Line([string] $text) {
    # GENERIC_READ | GENERIC_WRITE, OPEN_EXISTING, FILE_FLAG_OVERLAPPED
    $handle = [Handover.Native]::CreateFile($port, [uint32] 3221225472, 0, [IntPtr]::Zero, 3, 0x40000000, [IntPtr]::Zero)
    if ($handle.IsInvalid) {
        switch ([Runtime.InteropServices.Marshal]::GetLastWin32Error()) {
            2 { throw 'This guest has no port for Handover, or no virtio-serial driver.' }
            5 { throw 'The port cannot be written: run this as administrator.' }
            default { throw "The port cannot be opened (error $_)." }
        }
    }
    $stream = New-Object IO.FileStream($handle, [IO.FileAccess]::ReadWrite, 1, $true)
    try {
        $bytes = [Text.Encoding]::ASCII.GetBytes("$text`n")
        if (-not $stream.WriteAsync($bytes, 0, $bytes.Length).Wait(1000)) {
            throw 'Nobody listens on the host.'
        }
    }
    finally {
        $handle.Dispose()
    }
}

# The keys that are held now would stay down here once the keyboard is gone.
function Wait-Release {
    foreach ($key in 0x11, 0x12, 0x24) {  # Ctrl, Alt, Home
        for ($i = 0; $i -lt 40 -and [Handover.Native]::GetAsyncKeyState($key) -lt 0; $i++) {
            Start-Sleep -Milliseconds 50
        }
    }
}

if ($Verb -ne 'listen') {
    Send-Line $Verb
    exit 0
}

# MOD_ALT | MOD_CONTROL | MOD_NOREPEAT, VK_HOME
if (-not [Handover.Native]::RegisterHotKey([IntPtr]::Zero, 1, 0x4003, 0x24)) {
    throw 'Another program has Ctrl+Alt+Home already.'
}
if ($HeartbeatSeconds -gt 0) {
    [void] [Handover.Native]::SetTimer([IntPtr]::Zero, [IntPtr]::Zero, [uint32] (1000 * $HeartbeatSeconds), [IntPtr]::Zero)
}
$message = New-Object Handover.Native+Message
while ([Handover.Native]::GetMessage([ref] $message, [IntPtr]::Zero, 0, 0) -gt 0) {
    try {
        switch ($message.message) {
            0x0312 { Wait-Release; Send-Line 'host' }  # WM_HOTKEY
            0x0113 { Send-Line 'alive' }               # WM_TIMER
        }
    }
    catch {
        Write-Warning $_.Exception.Message
    }
}
