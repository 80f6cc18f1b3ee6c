# ruff: noqa: RUF001 - Turkish has a letter that looks like the i of English
"""Articles in several languages, and what finds each of them."""

from __future__ import annotations

from dataclasses import replace

from shared.content.article import Article
from tests.search_service.articles import make_article


def in_language(slug: str, tag: str | None, title: str, text: str) -> Article:
    """An article of the language ``tag``."""
    return replace(make_article(slug, title=title, text=text), language=tag, slug=slug)


ARTICLES = [
    in_language("en", None, "Connection pools", "A die is cast. Connections of a pool wait, and relays organise them."),
    in_language(
        "de",
        "de-AT",
        "Die Verbindung zum Haus",
        "Die Häuser haben Datenbankverbindungen. Straßen und Schlüssel. Der Index liefert die Größe von `getUserById`.",
    ),
    in_language("fr", "fr", "L'index des requêtes", "Une requête utilise l'index d'une base. Les réseaux et l'été."),
    in_language("es", "es", "Índices y conexiones", "La conexión del servidor. El árbol, el año y la comunicación."),
    in_language(
        "tr", "tr", "Veritabanı bağlantıları", "Docker'ın bağlantıları ISPARTA ve İSTANBUL'da. Işık hataları API'nin."
    ),
    in_language("ru", "ru", "Очереди сообщений", "Сообщение лежит в очереди, пока соединения закрыты."),
    in_language("ar", "ar", "الفهرس", "قاعدة البيانات تستخدم الفهرس للبحث في الرسائل والاتصالات."),
    in_language(
        "ja", "ja", "データベース接続", "接続プールは`getUserById`とC++のコネクションを管理します。 containers を使う。"
    ),
    in_language("zh", "zh-Hant", "資料庫連線", "連線池管理資料庫的連線。"),
    in_language("ko", "ko", "데이터베이스 연결", "연결은 데이터베이스를 관리합니다."),
    in_language("hi", "hi", "डेटाबेस कनेक्शन", "बैठक में डेटाबेस की बात।"),
    in_language("xx", "tlh", "Words nobody knows", "Qapla batleth connections."),
]

#: Queries, and the first article that each finds.
FOUND = [
    ("Verbindungen", "de"),
    ("haus", "de"),
    ("HÄUSER", "de"),
    ("haeuser", "de"),
    ("hauser", "de"),
    ("strassen", "de"),
    ("Straße", "de"),
    ("größen", "de"),
    ('"die häuser"', "de"),
    ("title:verbindungen", "de"),
    ("requetes", "fr"),
    ("requête", "fr"),
    ("l'index", "fr"),
    ("l\u2019été", "fr"),
    ("reseau", "fr"),
    ("d'une requête", "fr"),
    ("indice", "es"),
    ("conexion", "es"),
    ("conexiones", "es"),
    ("comunicaciones", "es"),
    ("arboles", "es"),
    ("bağlantı", "tr"),
    ("BAĞLANTI", "tr"),
    ("baglanti", "tr"),
    ("ısparta", "tr"),
    ("istanbul", "tr"),
    ("IŞIK", "tr"),
    ("hatası", "tr"),
    ("docker", "tr"),
    ("API", "tr"),
    ("veritabanında", "tr"),
    ("очередь", "ru"),
    ("СООБЩЕНИЯ", "ru"),
    ("соединение", "ru"),
    ("فهرس", "ar"),
    ("والفهرس", "ar"),
    ("رسالة رسائل", "ar"),
    ("接続", "ja"),
    ("接", "ja"),
    ("コネクション", "ja"),
    ("container", "ja"),
    ("連線", "zh"),
    ("資", "zh"),
    ("연결을", "ko"),
    ("연결", "ko"),
    ("데이터", "ko"),
    ("डेटाबेस", "hi"),
    ("qapla", "xx"),
]
