using System.Collections.Concurrent;
using Microsoft.DotNet.Interactive;
using Microsoft.DotNet.Interactive.Formatting;
using Shown = Microsoft.DotNet.Interactive.Formatting.DisplayedValue;

namespace Phi4R.Notebooks.Outputs;

/// <summary>Brings what code shows through the formatters' package to the cell that is running.</summary>
internal static class PackageDisplays
{
    private static readonly Lock Installing = new();
    private static readonly ConcurrentDictionary<string, bool> Known = [];
    private static IDisposable? Subscription;

    /// <summary>From now on, once.</summary>
    public static void Install()
    {
        lock (Installing)
        {
            Subscription ??= Formatter.SubscribeToDisplayedValues(Show);
        }
    }

    private static void Show(Shown shown)
    {
        if (KernelInvocationContext.Current is not { } cell)
        {
            Formatter.WriteToConsole(shown);
        }
        else if (Known.TryAdd(shown.DisplayId, true))
        {
            // Also an update of what DisplayAs returned: the package gives that another id than what it showed.
            cell.Show(MimeBundle.Of(shown.FormattedValues), shown.DisplayId);
        }
        else
        {
            cell.Update(shown.DisplayId, MimeBundle.Of(shown.FormattedValues));
        }
    }
}
