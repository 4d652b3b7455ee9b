using System.Globalization;
using Phi4R.Notebooks.Documents;
using Phi4R.Notebooks.Pages;
using Phi4R.Tests.House;

namespace Phi4R.Tests.Notebooks;

/// <summary>
/// The notebooks as a reader has them: in a browser, on a jupyter-notebook server. Pictures of the pages stay beside
/// the tests' results.
/// </summary>
public sealed class BrowserTests(NotebookServer server) : IClassFixture<NotebookServer>
{
    private const string Needed = "a browser and Jupyter's server: apt-get install chromium jupyter-notebook";

    private const string Idle = "Jupyter.notebook.get_cells().filter(c => c.cell_type == 'code').every(c => "
        + "c.input_prompt_number != '*')";

    [FactWhere(Needed, "command -v chromium", "command -v jupyter-notebook")]
    public void A_reader_runs_a_notebook_sees_it_move_interrupts_it_and_restarts_it()
    {
        using var page = Opened("02-mid-training");

        // Every text that stands beside a progress bar, however short a time.
        page.Read("""
            (window.seen = new Set(), new MutationObserver(() => document.querySelectorAll('.output_area progress')
                .forEach(p => window.seen.add(p.parentElement.innerText))).observe(document.body, { childList: true, subtree: true }))
            """);
        RunAll(page);
        var seen = page.Read("[...window.seen].join('\\n')").Split('\n')
            .Where(line => line.StartsWith("Mid-training", StringComparison.Ordinal)).ToList();
        Assert.True(seen.Count >= 2, $"The progress of mid-training showed {seen.Count} states.");
        Picture(page, "02-mid-training");

        Run(page, "while (true) { }", wait: false);
        page.Until("Jupyter.notebook.kernel_busy == true || $('#kernel_indicator_icon').hasClass('kernel_busy_icon')");
        Thread.Sleep(500);
        Assert.Equal("*", page.Read("window.cell.input_prompt_number"));
        Click(page, "#int_kernel");
        page.Until(Idle, seconds: 10);
        Assert.Equal("error", page.Read("window.cell.output_area.outputs[0].output_type"));
        Run(page, "$\"{profile} {6 * 7}\"");
        Assert.Contains("smoke 42", page.Read("window.cell.element.find('.output_area').text()"),
            StringComparison.Ordinal);
        Picture(page, "interrupted");

        Run(page, """
            string ended = "torn";
            int last = 0;
            var longer = run.With(r => r with { MidTraining = r.MidTraining with { Epochs = 200 } });
            try
            {
                longer.Get(Pipeline.MidTraining, new InlineProgress<StageProgress>(r => Console.WriteLine($"step {last = r.Step}")), KernelInvocationContext.Current.CancellationToken);
            }
            catch (OperationCanceledException)
            {
                ended = "between steps";
                throw;
            }
            """, wait: false);
        page.Until("window.cell.element.find('.output_area').text().includes('step 3')");
        Click(page, "#int_kernel");
        page.Until(Idle, seconds: 10);
        Assert.Equal("Interrupted", page.Read("window.cell.output_area.outputs.filter(o => o.output_type == "
            + "'error').map(o => o.ename).join()"));
        var last = page.Read("window.cell.element.find('.output_stdout').text().match(/step [0-9]+/g).pop()");
        Run(page, "$\"stopped {ended} after step {last}\"");
        Assert.Contains($"stopped between steps after {last}",
            page.Read("window.cell.element.find('.output_area').text()"), StringComparison.Ordinal);

        Click(page, "#restart_kernel");
        page.Until("$('.modal.in .btn-danger').length == 1");
        page.Read("window.old = Jupyter.notebook.kernel.session_id");
        page.Read("$('.modal.in .btn-danger').click().length");
        page.Until("$('.modal.in').length == 0 && Jupyter.notebook.kernel.is_connected() && "
            + "$('#kernel_indicator_icon').hasClass('kernel_idle_icon')");
        Run(page, "6 * 7");
        Assert.Equal("1", page.Read("window.cell.input_prompt_number"));
        Assert.Contains("42", page.Read("window.cell.element.find('.output_area').text()"), StringComparison.Ordinal);
    }

    [FactWhere(Needed, "command -v chromium", "command -v jupyter-notebook")]
    public void Every_other_notebook_runs_in_the_browser_without_an_error()
    {
        foreach (var name in new[] { "01-data-distillation", "03-sft", "04-rollout-dpo", "05-rlvr", "06-evaluation" })
        {
            using var page = Opened(name);
            RunAll(page);
            Picture(page, name);
            page.Read("(Jupyter.notebook.session.delete(), 0)");
        }
    }

    [FactWhere(Needed, "command -v chromium", "command -v jupyter-notebook")]
    public void Long_lines_of_code_are_whole_on_the_page_of_a_run()
    {
        using var folder = new WrittenNotebooks();
        var code = $"var all = new[] {{ {string.Join(", ", Enumerable.Range(0, 80))} }}; var word = "
            + $"\"{new string('x', 200)}\";";
        File.WriteAllText(folder.At("page.html"), NotebookPage.Html(Notebook.Read(folder.Write("page.ipynb", [code]))));
        using var page = server.Visit(new Uri(folder.At("page.html")).AbsoluteUri);
        page.Until("document.querySelectorAll('pre.code').length == 1");
        Assert.Equal("true", page.Read("(e => e.clientWidth > 500 && e.scrollWidth <= "
            + "e.clientWidth)(document.querySelector('pre.code'))"));
    }

    private BrowserPage Opened(string name)
    {
        var page = server.Open(name);
        page.Until("typeof Jupyter == 'object' && Jupyter.notebook && Jupyter.notebook._fully_loaded && "
            + "Jupyter.notebook.kernel && Jupyter.notebook.kernel.is_connected()");
        page.Until("$('#kernel_indicator_icon').hasClass('kernel_idle_icon')");
        Click(page, "#clear_all_output");
        Assert.Equal("0", page.Read("$('.output_area img').length"));
        return page;
    }

    private static void RunAll(BrowserPage page)
    {
        Click(page, "#run_all_cells");
        page.Until(Idle, seconds: 60);
        Assert.Equal("", page.Read("$('.output_error').map((_, e) => e.innerText).get().join()"));
        Assert.Equal("true", page.Read("Jupyter.notebook.get_cells().filter(c => c.cell_type == 'code').every(c => "
            + "c.input_prompt_number > 0)"));
        var figures = int.Parse(page.Read("$('.output_area img[src^=\"data:image/svg\"]').filter((_, e) => "
            + "e.naturalWidth > 0 && e.alt.length > 0).length"), CultureInfo.InvariantCulture);
        Assert.True(figures >= 2, $"The page shows {figures} figures.");
    }

    private static void Run(BrowserPage page, string code, bool wait = true)
    {
        page.Read("(window.cell = Jupyter.notebook.insert_cell_at_bottom('code'), 0)");
        page.Read($"(window.cell.set_text({System.Text.Json.JsonSerializer.Serialize(code)}), "
            + "window.cell.execute(), 0)");
        if (wait)
        {
            page.Until(Idle, seconds: 20);
            page.Until("window.cell.output_area.outputs.length > 0", seconds: 5);
        }
    }

    private static void Click(BrowserPage page, string menu) =>
        page.Read($"(document.querySelector('{menu} a').click(), 0)");

    private static void Picture(BrowserPage page, string name)
    {
        var device = Environment.GetEnvironmentVariable("PHI4R_DEVICE") is { Length: > 0 } set
            ? set.Split(':')[0]
            : "cpu";
        var folder = Directory.CreateDirectory(
            Path.Combine(Project.Root, "artifacts", device, "tests", "browser")).FullName;
        page.Read("($('.output_area').last().get(0).scrollIntoView({ block: 'end' }), 0)");
        page.Screenshot(Path.Combine(folder, name + ".png"));
    }
}
