using Plotly.NET;

namespace Phi4R.Show;

/// <summary>The script that draws interactive charts, out of the package Plotly.NET, and how a page gets it.</summary>
internal static class PlotlyScript
{
    private static readonly HashSet<string> Put = new(StringComparer.Ordinal);

    public const string FileName = "plotly-2.28.0.min.js";

    /// <summary>The whole script.</summary>
    public static string Text
    {
        get
        {
            using var reader = new StreamReader(Resource());
            return reader.ReadToEnd();
        }
    }

    /// <summary>
    /// Puts the script into a folder until this process ends; one that is there already, whole, is left alone. Its
    /// license stands in its first lines.
    /// </summary>
    public static void PutInto(string folder)
    {
        using var resource = Resource();
        var path = Path.Combine(folder, FileName);
        if (File.Exists(path) && new FileInfo(path).Length == resource.Length)
        {
            return;
        }

        var partial = $"{path}.{Environment.ProcessId}";
        using (var file = File.Create(partial))
        {
            resource.CopyTo(file);
        }

        File.Move(partial, path, overwrite: true);
        lock (Put)
        {
            if (Put.Count == 0)
            {
                AppDomain.CurrentDomain.ProcessExit += (_, _) => TakeBack();
            }

            Put.Add(path);
        }
    }

    /// <summary>
    /// Deletes the scripts that this process put somewhere: a page that shows a chart has its own by then.
    /// </summary>
    public static void TakeBack()
    {
        lock (Put)
        {
            foreach (var path in Put)
            {
                File.Delete(path);
            }
        }
    }

    /// <summary>
    /// A script that draws figures over the static picture with a name, once plotly.js was found; if it is not, the
    /// picture stays.
    /// </summary>
    /// <param name="figures">JSON: a list of Plotly's figures.</param>
    public static string Loader(string id, string figures) => $$$"""
        (function(){
          var json={{{System.Text.Json.JsonSerializer.Serialize(figures)}}},name='{{{FileName}}}';
          if(window.matchMedia&&matchMedia('(prefers-color-scheme: dark)').matches){[{{{string.Join(",", Shades().Select(shade => $"['{shade.Light}','{shade.Dark}']"))}}}].forEach(function(s){json=json.split(s[0]).join(s[1].toLowerCase());} );}
          function places(){
            var found=[],path=location.pathname,base=document.body&&document.body.dataset.baseUrl,config=document.getElementById('jupyter-config-data');
            if(!base&&config){try{base=JSON.parse(config.textContent).baseUrl;}catch(e){}}
            var inside=/\/(?:lab\/(?:workspaces\/[^/]+\/)?tree|notebooks|doc\/tree)\/(.*\/)?[^/]*\.ipynb$/.exec(path);
            if(base&&inside){found.push(base.replace(/\/?$/,'/')+'files/'+(inside[1]||'')+name);}
            found.push(name);return found;
          }
          function load(list,done){
            if(window.Plotly){return done();}
            if(!list.length){return;}
            var amd=window.define&&window.define.amd,script=document.createElement('script');
            function restore(){if(amd){window.define.amd=amd;}}
            if(amd){window.define.amd=undefined;}
            script.onload=function(){restore();window.Plotly?done():load(list.slice(1),done);};
            script.onerror=function(){restore();load(list.slice(1),done);};
            script.src=list[0];document.head.appendChild(script);
          }
          function draw(){
            document.querySelectorAll('[data-phi4r-chart="{{{id}}}"]:not([data-drawn])').forEach(function(place){
              place.setAttribute('data-drawn','1');
              place.querySelectorAll('img').forEach(function(picture){picture.style.display='none';});
              JSON.parse(json).forEach(function(figure){var box=document.createElement('div');place.appendChild(box);Plotly.newPlot(box,figure.data,figure.layout,{displaylogo:false} );} );
            });
          }
          if(window.phi4rPlotly){window.phi4rPlotly.push(draw);if(window.Plotly){draw();}}
          else{window.phi4rPlotly=[draw];load(places(),function(){window.phi4rPlotly.forEach(function(next){next();} );} );}
        })();
        """;

    private static IEnumerable<Shade> Shades() => Palette.Series.Concat([Palette.Ink, Palette.Grid, Palette.Paper]);

    private static Stream Resource() =>
        typeof(GenericChart).Assembly.GetManifestResourceStream($"Plotly.NET.{FileName}")
        ?? throw new InvalidOperationException($"The package Plotly.NET holds no {FileName}; its version is another "
            + "than the one this library is built with.");
}
