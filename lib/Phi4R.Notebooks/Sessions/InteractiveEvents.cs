extern alias interactive;
using interactive::Microsoft.DotNet.Interactive.Events;
using Phi4R.Notebooks.Outputs;

namespace Phi4R.Notebooks.Sessions;

/// <summary>What a kernel of .NET Interactive shows, on its way to a cell's outputs.</summary>
internal sealed class InteractiveEvents(CellOutputs outputs) : IObserver<KernelEvent>
{
    public void OnNext(KernelEvent value)
    {
        switch (value)
        {
            case StandardOutputValueProduced printed:
                outputs.Print("stdout", TextOf(printed));
                break;
            case StandardErrorValueProduced printed:
                outputs.Print("stderr", TextOf(printed));
                break;
            case ReturnValueProduced { FormattedValues.Count: > 0 } result:
                outputs.Write(new ResultOutput(MimeBundle.Of(result.FormattedValues)));
                break;
            case DisplayedValueUpdated update:
                outputs.Write(new UpdateOutput(MimeBundle.Of(update.FormattedValues), update.ValueId));
                break;
            case DisplayedValueProduced { FormattedValues.Count: > 0 } shown:
                outputs.Write(new DisplayOutput(MimeBundle.Of(shown.FormattedValues), shown.ValueId ?? NewId()));
                break;
        }
    }

    public void OnCompleted()
    {
    }

    public void OnError(Exception error)
    {
    }

    private static string NewId() => Guid.NewGuid().ToString("N");

    private static string TextOf(DisplayEvent printed) =>
        string.Concat(printed.FormattedValues.Select(form => form.Value));
}
