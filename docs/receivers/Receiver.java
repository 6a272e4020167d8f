// A receiver of Yimen's webhooks, for Java 17 without any library: SECRET=whsec_... java Receiver.java. A start, not a product.
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

public class Receiver {
  static final byte[] KEY = Base64.getDecoder().decode(System.getenv("SECRET").replaceFirst("^whsec_", ""));
  /** whpk_..., only for who prefers v1a. */
  static final String PUBLIC_KEY = System.getenv("PUBLIC_KEY");
  static final long TOLERANCE_SECONDS = 300;
  static final int BODY_BYTES_AT_MOST = 20_000;

  /** Yours is a table with webhook-id as its key. */
  static final Set<String> seen = ConcurrentHashMap.newKeySet();
  /** And this is a queue or a table that outlives the process. */
  static final BlockingQueue<String> inbox = new LinkedBlockingQueue<>();

  /** Whether the platform has signed this, just now. During a rotation the header holds more than one signature. */
  static boolean isGenuine(HttpExchange exchange, byte[] body) throws GeneralSecurityException {
    var headers = exchange.getRequestHeaders();
    var id = String.valueOf(headers.getFirst("webhook-id"));
    var timestamp = String.valueOf(headers.getFirst("webhook-timestamp"));
    if (!timestamp.matches("\\d{1,12}")) return false;
    if (Math.abs(System.currentTimeMillis() / 1000 - Long.parseLong(timestamp)) > TOLERANCE_SECONDS) return false;
    var head = (id + "." + timestamp + ".").getBytes(StandardCharsets.UTF_8);
    var content = new byte[head.length + body.length];
    System.arraycopy(head, 0, content, 0, head.length);
    System.arraycopy(body, 0, content, head.length, body.length);

    var mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(KEY, "HmacSHA256"));
    var expected = "v1," + Base64.getEncoder().encodeToString(mac.doFinal(content));
    for (var given : String.valueOf(headers.getFirst("webhook-signature")).split(" ")) {
      if (MessageDigest.isEqual(given.getBytes(StandardCharsets.UTF_8), expected.getBytes(StandardCharsets.UTF_8))) return true;
      if (PUBLIC_KEY != null && given.startsWith("v1a,") && verifies(content, given.substring(4))) return true;
    }
    return false;
  }

  static boolean verifies(byte[] content, String signature) throws GeneralSecurityException {
    var verifier = Signature.getInstance("Ed25519");
    verifier.initVerify(publicKey());
    verifier.update(content);
    try {
      return verifier.verify(Base64.getDecoder().decode(signature));
    } catch (IllegalArgumentException | GeneralSecurityException malformed) {
      return false;
    }
  }

  /** SubjectPublicKeyInfo around the 32 bytes (RFC 8410). */
  static PublicKey publicKey() throws GeneralSecurityException {
    var hex = "302a300506032b6570032100"
        + HexFormat.of().formatHex(Base64.getDecoder().decode(PUBLIC_KEY.replaceFirst("^whpk_", "")));
    return KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(HexFormat.of().parseHex(hex)));
  }

  static void receive(HttpExchange exchange) throws IOException {
    try (exchange) {
      var body = exchange.getRequestBody().readNBytes(BODY_BYTES_AT_MOST + 1);
      if (body.length > BODY_BYTES_AT_MOST) {
        exchange.sendResponseHeaders(413, -1);
      } else if (!isGenuine(exchange, body)) {
        exchange.sendResponseHeaders(401, -1);
      } else {
        // Keep it and say so: what takes longer comes later, or the platform sends it again after 15 seconds.
        if (seen.add(exchange.getRequestHeaders().getFirst("webhook-id"))) inbox.add(new String(body, StandardCharsets.UTF_8));
        exchange.sendResponseHeaders(204, -1);
      }
    } catch (GeneralSecurityException broken) {
      throw new IOException(broken);
    }
  }

  public static void main(String[] args) throws Exception {
    var port = Integer.parseInt(System.getenv().getOrDefault("PORT", "8080"));
    var server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
    server.createContext("/", Receiver::receive);
    server.setExecutor(Executors.newFixedThreadPool(4));
    server.start();
    System.out.println("listening on " + server.getAddress().getPort());
    // Elsewhere: take events one by one and ignore those whose sequence is not newer than what you know of the case.
    while (true) System.out.println(inbox.take());
  }
}
