using Microsoft.DotNet.Interactive;
using Microsoft.DotNet.Interactive.Formatting;
using Shown = Microsoft.DotNet.Interactive.Formatting.DisplayedValue;

namespace Phi4R.Notebooks.Outputs;

/// <summary>Brings what code shows through the formatters' package to the cell that is running.</summary>
internal static class PackageDisplays
{
    private static readonly Lock Installing = new();
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
        else if (shown.IsUpdated)
        {
            cell.Update(shown.DisplayId, MimeBundle.Of(shown.FormattedValues));
        }
        else
        {
            cell.Show(MimeBundle.Of(shown.FormattedValues), shown.DisplayId);
        }
    }
}
