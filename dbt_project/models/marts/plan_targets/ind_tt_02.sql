{{ indicator_mart('TT-02', headline='reported') }}
