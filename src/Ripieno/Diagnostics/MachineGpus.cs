using System.Collections.Immutable;
using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace Ripieno.Diagnostics;

/// <summary>Finds graphics cards: NVIDIA's by its own tool, AMD's by the kernel's files.</summary>
/// <param name="root">The root folder; another one in tests.</param>
internal sealed class MachineGpus(string root)
{
    // The tool answers within a second; it hangs when the driver does, and a report must not.
    private static readonly TimeSpan ToolLimit = TimeSpan.FromSeconds(5);

    public async Task<ImmutableArray<MachineGpu>> ReadAsync(TimeProvider time, CancellationToken cancellation)
    {
        var nvidia = ParseNvidia(await RunNvidiaAsync(time, cancellation));
        return [.. nvidia, .. ReadAmd()];
    }

    /// <summary>Reads lines such as <c>NVIDIA GeForce RTX 3060, 12288</c> (MiB); others are ignored.</summary>
    public static ImmutableArray<MachineGpu> ParseNvidia(string output)
    {
        var gpus = ImmutableArray.CreateBuilder<MachineGpu>();
        foreach (var line in output.Split('\n'))
        {
            var comma = line.LastIndexOf(',');
            if (comma > 0 && long.TryParse(line[(comma + 1)..].Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var megabytes) && megabytes < 1 << 30)
                gpus.Add(new MachineGpu(line[..comma].Trim(), megabytes << 20));
        }

        return gpus.ToImmutable();
    }

    public IEnumerable<MachineGpu> ReadAmd()
    {
        var folder = Path.Combine(root, "sys/class/drm");
        if (!Directory.Exists(folder))
            yield break;
        foreach (var card in Directory.EnumerateDirectories(folder, "card*").Order(StringComparer.Ordinal))
        {
            var file = Path.Combine(card, "device/mem_info_vram_total");
            if (File.Exists(file) && long.TryParse(File.ReadAllText(file).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var bytes) && bytes > 0)
                yield return new MachineGpu($"AMD {Path.GetFileName(card)}", bytes);
        }
    }

    private static async Task<string> RunNvidiaAsync(TimeProvider time, CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(ToolLimit, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        Process? tool = null;
        try
        {
            tool = Process.Start(new ProcessStartInfo("nvidia-smi", ["--query-gpu=name,memory.total", "--format=csv,noheader,nounits"])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                UseShellExecute = false,
            });
            tool?.BeginErrorReadLine();
            return tool is null ? "" : await tool.StandardOutput.ReadToEndAsync(both.Token);
        }
        catch (Win32Exception)
        {
            return "";
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return "";
        }
        finally
        {
            if (tool is { HasExited: false })
                tool.Kill();
            tool?.Dispose();
        }
    }
}
