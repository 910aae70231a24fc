# What a Ruby server understood of a request. With an argument it serves by WEBrick; puma loads `App`.
MARK = ENV.fetch("MARK")

def seen(method, path, host, id, length)
  bare = host.to_s.split(":").first.to_s.downcase.chomp(".")
  guarded = path == "/admin" || path.start_with?("/admin/") || bare == "secret.example"
  ["#{method} #{id || '-'} #{length} #{path.unpack1('H*')}", guarded ? MARK : "seen"]
end

def unescaped(path)
  path.b.gsub(/%\h\h/) { |escape| escape[1, 2].hex.chr }
end

App = lambda do |env|
  body = env["rack.input"] ? env["rack.input"].read : ""
  line, text = seen(env["REQUEST_METHOD"], unescaped(env["PATH_INFO"]), env["HTTP_HOST"], env["HTTP_X_REQUEST_ID"], body.bytesize)
  [200, { "X-Seen" => line, "Content-Type" => "text/plain", "Content-Length" => text.bytesize.to_s }, [text]]
end

if ARGV[0] == "webrick"
  require "webrick"
  class Echo < WEBrick::HTTPServlet::AbstractServlet
    def service(request, response)
      body = request.body.to_s
      line, text = seen(request.request_method, request.path.b, request["host"], request["x-request-id"], body.bytesize)
      response["X-Seen"] = line
      response.body = text
    end
  end
  quiet = WEBrick::Log.new(File::NULL)
  server = WEBrick::HTTPServer.new(BindAddress: "127.0.0.1", Port: ENV["PORT"].to_i, Logger: quiet, AccessLog: [])
  server.mount("/", Echo)
  trap("TERM") { server.shutdown }
  server.start
end
